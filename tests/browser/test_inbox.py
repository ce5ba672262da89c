"""Reading, filtering, paging and clearing the inbox."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from infra.local.postgres.postmaster import wait_until
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World

HOSTILE = (
    "javascript:alert(1)",
    "//evil.example/x",
    "/\\evil.example",
    "http://plain.example",
    "https:/\t/evil.example",
)


@pytest.fixture
def inbox(page: Page) -> InboxPage:
    return InboxPage(page)


def test_the_badge_counts_and_what_is_read_leaves_the_unread(world: World, person: Person, inbox: InboxPage) -> None:
    for title in ("First", "Second", "Third"):
        world.tell(person, title)
    inbox.open()
    expect(inbox.rows).to_have_count(3)
    expect(inbox.rows.first).to_contain_text("Third")
    expect(inbox.badge).to_have_text("3")
    inbox.button("Mark as read", "Second").click()
    expect(inbox.rows).to_have_count(2)
    expect(inbox.badge).to_have_text("2")
    expect(inbox.page).to_have_title("(2) Notifications · Owlmetry")
    inbox.show("Read")
    expect(inbox.rows).to_have_count(1)
    inbox.button("Mark as unread", "Second").click()
    expect(inbox.badge).to_have_text("3")


def test_what_was_marked_by_mistake_is_called_back(world: World, person: Person, inbox: InboxPage) -> None:
    world.tell(person, "Not so fast")
    inbox.open()
    inbox.button("Mark as read", "Not so fast").click()
    expect(inbox.page.get_by_role("heading", name="You are all caught up")).to_be_visible()
    inbox.said.get_by_role("button", name="Undo").click()
    expect(inbox.row("Not so fast")).to_be_visible()
    expect(inbox.badge).to_have_text("1")


def test_opening_a_link_marks_it_read(world: World, person: Person, inbox: InboxPage) -> None:
    world.tell(person, "Look at this", link="/dashboard/projects")
    inbox.open()
    inbox.page.get_by_role("link", name="Look at this").click()
    inbox.page.wait_for_url("**/dashboard/projects")
    with world.api(person) as client:
        assert wait_until(lambda: client.get("/v1/notifications/unread-count").json()["count"] == 0, seconds=10)
    expect(inbox.badge).to_be_hidden()
    inbox.open()
    inbox.show("Read")
    expect(inbox.row("Look at this")).to_be_visible()


def test_types_are_filtered_by_the_names_the_server_gives(world: World, person: Person, inbox: InboxPage) -> None:
    world.tell(person, "A rating", kind="app.rating_changed")
    world.tell(person, "An answer")
    inbox.open()
    types = inbox.page.get_by_label("Type")
    types.select_option(label="New ratings")
    expect(inbox.rows).to_have_count(1)
    expect(inbox.row("A rating")).to_be_visible()
    types.select_option(label="New reviews")
    expect(inbox.page.get_by_role("heading", name="Nothing of this type")).to_be_visible()


def test_marking_all_of_a_type_leaves_the_others(world: World, person: Person, inbox: InboxPage) -> None:
    world.tell(person, "A rating", kind="app.rating_changed")
    world.tell(person, "An answer")
    inbox.open()
    inbox.page.get_by_label("Type").select_option(label="New ratings")
    expect(inbox.rows).to_have_count(1)
    inbox.mark_all.click()
    expect(inbox.badge).to_have_text("1")


def test_a_hundred_and_more_are_paged_and_marked_at_once(world: World, person: Person, inbox: InboxPage) -> None:
    for number in range(103):
        world.tell(person, f"Number {number:03}")
    inbox.open()
    expect(inbox.badge).to_have_text("99+")
    expect(inbox.rows).to_have_count(30)
    for so_far in (60, 90, 103):
        inbox.load_more.click()
        expect(inbox.rows).to_have_count(so_far)
    expect(inbox.load_more).to_be_hidden()
    expect(inbox.rows.last.locator("time")).to_have_text(re.compile(r"^(now|\d+ minutes? ago)$"))
    assert len(set(inbox.page.locator("owlpost-inbox h3").all_text_contents())) == 103
    inbox.mark_all.click()
    expect(inbox.page.get_by_text("103 marked as read.")).to_be_visible()
    expect(inbox.badge).to_be_hidden()
    expect(inbox.page.get_by_role("heading", name="You are all caught up")).to_be_visible()


def test_what_is_deleted_is_gone_for_good(world: World, person: Person, inbox: InboxPage) -> None:
    world.tell(person, "Stays")
    world.tell(person, "Goes")
    inbox.open()
    inbox.pick("Goes", "Delete")
    expect(inbox.rows).to_have_count(1)
    expect(inbox.badge).to_have_text("1")
    inbox.open()
    inbox.show("All")
    expect(inbox.rows).to_have_count(1)


def test_titles_bodies_and_links_are_text_and_nothing_else(world: World, person: Person, inbox: InboxPage) -> None:
    title = "<script>document.title = 'owned'</script><img src=x onerror=alert(1)>"
    world.tell(person, title, body="<b>bold</b>\nsecond line", link="/dashboard/projects")
    inbox.open()
    expect(inbox.page.get_by_role("link", name=title)).to_be_visible()
    expect(inbox.rows.locator(".body")).to_have_text("<b>bold</b>\nsecond line")
    assert inbox.rows.locator("script, img, b").count() == 0
    expect(inbox.page).to_have_title("(1) Notifications · Owlmetry")


def test_show_more_shows_all_of_a_body_of_which_the_list_has_the_beginning(
    world: World, person: Person, inbox: InboxPage
) -> None:
    body = "A long report. " * 300 + "The end."
    world.tell(person, "Report", body=body)
    inbox.open()
    expect(inbox.rows.locator(".body")).not_to_contain_text("The end.")
    inbox.page.get_by_role("button", name="Show more").click()
    expect(inbox.rows.locator(".body")).to_have_text(body)
    expect(inbox.page.get_by_role("button", name="Show less")).to_be_visible()


def test_a_link_that_is_neither_ours_nor_https_is_not_one(world: World, person: Person, inbox: InboxPage) -> None:
    """Producers are refused such links; a row that came into the database by another way is not followed either."""
    for _ in HOSTILE:
        world.tell(person, "Suspicious", link="/dashboard/projects")
    world.tell(person, "Harmless", link="https://owlpost.example/")

    def with_other_links(route: Route) -> None:
        answer = route.fetch()
        page = answer.json()
        for notification, link in zip(page["notifications"][1:], HOSTILE, strict=True):
            notification["link"] = link
        route.fulfill(response=answer, json=page)

    inbox.page.route("**/v1/notifications?*", with_other_links)
    inbox.open()
    expect(inbox.rows).to_have_count(len(HOSTILE) + 1)
    expect(inbox.rows.get_by_role("link")).to_have_text(["Harmless"])


def test_a_long_body_is_folded_until_somebody_wants_it(world: World, person: Person, inbox: InboxPage) -> None:
    world.tell(person, "Long", body="\n".join(f"line {number}" for number in range(40)))
    inbox.open()
    folded = inbox.rows.first.bounding_box()
    inbox.page.get_by_role("button", name="Show more").click()
    unfolded = inbox.rows.first.bounding_box()
    assert folded
    assert unfolded
    assert folded["height"] < 220 < 600 < unfolded["height"]
