"""Preferences and projects: saved at once, and obeyed by the next notification."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from infra.local.postgres.postmaster import wait_until
from tests.browser.conftest import ADA, SCREENSHOTS, SEEN, as_person
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


def test_the_next_notification_obeys_a_switch(world: World, person: Person, page: Page) -> None:
    page.goto("/dashboard/profile/notifications")
    toggle = page.get_by_role("switch", name="Questionnaire responses: In-app")
    expect(toggle).to_be_checked()
    with page.expect_response(is_saved):
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
    expect(status(page)).to_have_text("Saved.")
    expect(toggle).to_be_checked()
    assert wait_until(lambda: chosen(world, person).get("types") == {"issue.new": {"email": True}}, seconds=10)


def test_every_type_has_a_switch_for_each_channel_that_reaches_the_person(
    world: World, person: Person, page: Page
) -> None:
    url = f"{world.laptop.providers.urls['webhook']}/switches/{person.id}"
    with world.api(person) as client:
        client.post("/v1/destinations", json={"channel": "webhook", "url": url}).raise_for_status()
        me = client.get("/v1/auth/me").json()
    unconnected = {each["channel"] for each in me["notification_channels"] if each["reach"] == "destinations"} - {
        "webhook"
    }
    types = me["notification_types"]
    page.goto("/dashboard/profile/notifications")
    expect(page.get_by_role("switch", name="New issues: Webhook")).to_be_visible()
    expect(page.get_by_role("switch", name="Telegram")).to_have_count(0)
    expect(page.get_by_role("link", name="Connect Telegram")).to_be_visible()
    assert "telegram" in unconnected
    for each in types:
        for channel in each["channels"]:
            if channel["channel"] in unconnected:
                continue
            name = f"{each['label']}: {channel['label']}"
            expect(page.get_by_role("switch", name=name, checked=channel["enabled"], exact=True)).to_be_visible()


def test_an_owner_sets_a_projects_alert_frequency(world: World, ada: Person, visitor: Page) -> None:
    as_person(visitor, ada, world).goto("/dashboard/projects")
    row = visitor.locator(".project", has=visitor.get_by_role("heading", name="Atlas for Teams"))
    digest = row.get_by_label("Issue digest")
    expect(digest).to_be_enabled()
    wanted = "daily" if digest.input_value() == "weekly" else "weekly"
    with visitor.expect_response("**/v1/projects/*") as saved:
        digest.select_option(wanted)
    assert saved.value.ok
    visitor.reload()
    expect(digest).to_have_value(wanted)


def test_a_member_sees_the_frequency_and_cannot_set_it(world: World, visitor: Page) -> None:
    cy = Person(ADA.id, "cy@owlpost.example")
    as_person(visitor, world.signed_in(cy), world).goto("/dashboard/projects")
    expect(visitor.get_by_label("Issue digest").first).to_be_disabled()
    expect(visitor.get_by_text("Owners and admins of the team can change this.").first).to_be_visible()


PREFERENCES = "/dashboard/profile/notifications"


def chosen(world: World, person: Person) -> dict[str, Any]:
    with world.api(person) as client:
        said: dict[str, Any] = client.get("/v1/auth/me").json()["user"]["preferences"].get("notifications", {})
        return said


def is_saved(response: Response) -> bool:
    """The answer to a change, not the one that the page began with."""
    return response.request.method == "PATCH" and response.url.endswith("/v1/auth/me")


def status(page: Page) -> Locator:
    return page.locator("owlpost-preferences").get_by_role("status")


def test_a_whole_channel_is_switched_off_and_the_other_tab_follows(world: World, person: Person, page: Page) -> None:
    page.goto(PREFERENCES)
    other = page.context.new_page()
    other.goto(PREFERENCES)
    email = page.get_by_role("switch", name="Email", exact=True)
    expect(other.get_by_role("switch", name="Email", exact=True)).to_be_checked()
    email.press("Space")
    expect(status(page)).to_have_text("Saved.")
    expect(other.get_by_role("switch", name="Email", exact=True)).not_to_be_checked()
    assert chosen(world, person)["channels"] == {"email": False}
    world.tell(person, "By the inbox alone", kind="feedback.new")
    with world.api(person) as client:
        wait_until(lambda: client.get("/v1/notifications").json()["notifications"] != [], seconds=30)
    assert "By the inbox alone" not in str(world.mails_to(person))
    other.get_by_role("switch", name="Email", exact=True).click()
    expect(email).to_be_checked()
    assert chosen(world, person)["channels"] == {}


def test_a_page_that_the_browser_kept_shows_what_was_chosen_meanwhile(world: World, person: Person, page: Page) -> None:
    """The event is the browser's own for a page that it kept. Other tabs were not heard meanwhile."""
    page.goto(PREFERENCES)
    email = page.get_by_role("switch", name="Email", exact=True)
    expect(email).to_be_checked()
    with world.api(person) as client:
        off = {"preferences": {"notifications": {"channels": {"email": False}}}}
        client.patch("/v1/auth/me", json=off).raise_for_status()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(email).not_to_be_checked()


def test_everything_rests_until_the_chosen_time_or_until_the_person_goes_on(
    world: World, person: Person, page: Page
) -> None:
    page.goto(PREFERENCES)
    page.get_by_label("Pause", exact=True).select_option(label="Pause for a week")
    expect(status(page)).to_have_text("Saved.")
    expect(page.get_by_text("everything waits for you in the inbox alone")).to_be_visible()
    until = datetime.fromisoformat(chosen(world, person)["paused_until"])
    assert timedelta(days=6, hours=23) < until - datetime.now(UTC) < timedelta(days=7, minutes=1)
    page.reload()
    page.get_by_role("button", name="Go on now").press("Enter")
    expect(page.get_by_text("Mail and push rest for a while.")).to_be_visible()
    assert wait_until(lambda: "paused_until" not in chosen(world, person), seconds=10)


def test_quiet_hours_are_set_with_their_days_and_their_zone(world: World, person: Person, page: Page) -> None:
    page.goto(PREFERENCES)
    page.get_by_role("switch", name="Quiet hours").click()
    expect(status(page)).to_have_text("Saved.")
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    assert chosen(world, person)["quiet_hours"] == {"start": "22:00", "end": "07:00", "time_zone": zone}
    page.get_by_label("From").fill("21:30")
    page.get_by_label("in the time zone").select_option("Europe/Berlin")
    for day in ("Sat", "Sun"):
        page.get_by_role("checkbox", name=day).press("Space")
    wanted = {"start": "21:30", "end": "07:00", "time_zone": "Europe/Berlin", "days": [1, 2, 3, 4, 5]}
    assert wait_until(lambda: chosen(world, person)["quiet_hours"] == wanted, seconds=10)
    page.reload()
    expect(page.get_by_role("checkbox", name="Sat")).not_to_be_checked()
    expect(page.get_by_label("From")).to_have_value("21:30")
    saved: list[str] = []
    page.on("request", lambda request: saved.append(request.method) if request.method != "GET" else None)
    page.get_by_label("to", exact=True).fill("21:30")
    expect(page.get_by_text("Please give two different times.")).to_be_visible()
    assert chosen(world, person)["quiet_hours"] == wanted
    assert saved == []
    page.get_by_role("switch", name="Quiet hours").click()
    assert wait_until(lambda: "quiet_hours" not in chosen(world, person), seconds=10)


def test_a_mail_waits_as_long_as_the_person_says(world: World, person: Person, page: Page) -> None:
    page.goto(PREFERENCES)
    wait = page.get_by_label("Mail only if unread")
    for label, minutes in (("After 15 minutes", 15), ("At once", 0)):
        with page.expect_response(is_saved):
            wait.select_option(label=label)
        assert chosen(world, person)["email_after_minutes"] == minutes
    wait.select_option(label="As each kind says")
    assert wait_until(lambda: "email_after_minutes" not in chosen(world, person), seconds=10)


def test_one_project_is_chosen_for_by_itself(world: World, ada: Person, visitor: Page) -> None:
    page = as_person(visitor, ada, world)
    page.goto(PREFERENCES)
    toggle = page.get_by_role("switch", name="New issues: Email")
    expect(toggle).not_to_be_checked()
    page.get_by_label("For the news of").select_option(label="Atlas for Teams")
    cell = page.locator(".channel", has=toggle)
    expect(cell).to_contain_text("as for all")
    with page.expect_response(is_saved):
        toggle.click()
    expect(toggle).to_be_checked()
    expect(cell).not_to_contain_text("as for all")
    page.get_by_label("For the news of").select_option(label="All projects")
    expect(toggle).not_to_be_checked()
    page.get_by_role("button", name="Back to the defaults").click()
    expect(status(page)).to_contain_text("Everything is as it is by default.")


def test_what_is_said_of_every_kind_of_a_project_shows(world: World, ada: Person, visitor: Page) -> None:
    page = as_person(visitor, ada, world)
    with world.api(ada) as client:
        projects = client.get("/v1/projects").json()["projects"]
        atlas = next(each["id"] for each in projects if each["name"] == "Atlas for Teams")
        said = {"projects": {atlas: {"*": {"email": False}}}}
        client.patch("/v1/auth/me", json={"preferences": {"notifications": said}}).raise_for_status()
    page.goto(PREFERENCES)
    page.get_by_label("For the news of").select_option(label="Atlas for Teams")
    expect(page.get_by_role("switch", name="New feedback: Email")).not_to_be_checked()
    page.get_by_role("button", name="Back to the defaults").click()
    expect(page.get_by_role("switch", name="New feedback: Email")).to_be_checked()


def test_back_to_the_defaults_can_be_undone_exactly(world: World, person: Person, page: Page) -> None:
    before = {
        "types": {"issue.new": {"email": True}},
        "channels": {"mobile_push": False},
        "projects": {"p-1": {"*": {"email": False}}},
        "quiet_hours": {"start": "23:00", "end": "06:00", "time_zone": "Asia/Tokyo", "days": [1]},
        "email_after_minutes": 5,
    }
    with world.api(person) as client:
        client.patch("/v1/auth/me", json={"preferences": {"notifications": before}}).raise_for_status()
    page.goto(PREFERENCES)
    page.get_by_role("button", name="Back to the defaults").click()
    expect(page.get_by_role("switch", name="Mobile push", exact=True)).to_be_checked()
    expect(page.get_by_role("switch", name="New issues: Email")).not_to_be_checked()
    after = chosen(world, person)
    assert "quiet_hours" not in after
    status(page).get_by_role("button", name="Undo").click()
    expect(status(page)).to_have_text("Your choices are back.")
    assert chosen(world, person) == before
    expect(page.get_by_role("switch", name="Mobile push", exact=True)).not_to_be_checked()


def test_what_could_not_be_saved_is_tried_again_at_a_press(world: World, person: Person, page: Page) -> None:
    page.goto(PREFERENCES)
    toggle = page.get_by_role("switch", name="New issues: Email")
    page.route("**/v1/auth/me", lambda route: route.abort())
    toggle.click()
    failed = page.locator("owlpost-preferences").get_by_role("alert").filter(has_text="could not be saved")
    expect(failed).to_be_visible()
    expect(toggle).not_to_be_checked()
    page.unroute("**/v1/auth/me")
    failed.get_by_role("button", name="Try again").press("Enter")
    expect(status(page)).to_have_text("Saved.")
    assert chosen(world, person)["types"] == {"issue.new": {"email": True}}


@pytest.mark.parametrize("seen", ["desk"], indirect=True)
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize(("name", "width"), [("desktop", 1280), ("phone", 390)])
def test_the_page_fits_its_screen(
    world: World, person: Person, page: Page, name: str, width: int, colours: Literal["light", "dark"]
) -> None:
    with world.api(person) as client:
        night = {"start": "22:00", "end": "07:00", "time_zone": "Europe/Berlin", "days": [1, 2, 3, 4, 5]}
        client.patch("/v1/auth/me", json={"preferences": {"notifications": {"quiet_hours": night}}}).raise_for_status()
    page.emulate_media(color_scheme=colours)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(PREFERENCES)
    expect(page.get_by_role("checkbox", name="Fri")).to_be_checked()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=SCREENSHOTS / f"preferences-{name}-{colours}.png", full_page=True)
