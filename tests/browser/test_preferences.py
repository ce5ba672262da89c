"""Preferences and projects: saved at once, and obeyed by the next notification."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import ADA, as_person
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World


def test_the_next_notification_obeys_a_switch(world: World, person: Person, page: Page) -> None:
    page.goto("/dashboard/profile/notifications")
    toggle = page.get_by_role("switch", name="Questionnaire responses: In-app")
    expect(toggle).to_be_checked()
    with page.expect_response("**/v1/auth/me"):
        toggle.click()
    world.tell(person, "Not wanted")
    world.tell(person, "Wanted", kind="app.rating_changed")
    inbox = InboxPage(page).open()
    inbox.show("All")
    expect(inbox.rows).to_have_count(1)
    expect(inbox.row("Wanted")).to_be_visible()
    page.goto("/dashboard/profile/notifications")
    expect(toggle).not_to_be_checked()
    expect(page.locator(".channel", has=toggle).get_by_text("default")).to_be_hidden()


def test_quick_changes_of_mind_end_as_the_last_one(world: World, person: Person, page: Page) -> None:
    page.goto("/dashboard/profile/notifications")
    toggle = page.get_by_role("switch", name="New issues: Email")
    for _ in range(5):
        toggle.click()
    page.wait_for_load_state("networkidle")
    expect(toggle).to_be_checked()
    with world.api(person) as client:
        types = client.get("/v1/auth/me").json()["user"]["preferences"]["notifications"]["types"]
    assert types == {"issue.new": {"email": True}}


def test_every_type_and_channel_of_the_registry_has_its_switch(world: World, person: Person, page: Page) -> None:
    with world.api(person) as client:
        types = client.get("/v1/auth/me").json()["notification_types"]
    page.goto("/dashboard/profile/notifications")
    for each in types:
        for channel in each["channels"]:
            name = f"{each['label']}: {channel['label']}"
            expect(page.get_by_role("switch", name=name, checked=channel["enabled"], exact=True)).to_be_visible()


def test_an_owner_sets_a_projects_alert_frequency(world: World, visitor: Page) -> None:
    as_person(visitor, world.signed_in(ADA), world).goto("/dashboard/projects")
    row = visitor.locator(".project", has=visitor.get_by_role("heading", name="Atlas for Teams"))
    with visitor.expect_response("**/v1/projects/*") as saved:
        row.get_by_label("Issue digest").select_option(label="Every week")
    assert saved.value.ok
    visitor.reload()
    expect(row.get_by_label("Issue digest")).to_have_value("weekly")


def test_a_member_sees_the_frequency_and_cannot_set_it(world: World, visitor: Page) -> None:
    cy = Person(ADA.id, "cy@owlpost.example")
    as_person(visitor, world.signed_in(cy), world).goto("/dashboard/projects")
    expect(visitor.get_by_label("Issue digest").first).to_be_disabled()
    expect(visitor.get_by_text("Owners and admins of the team can change this.").first).to_be_visible()
