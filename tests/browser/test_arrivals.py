"""Notifications that come while somebody looks, and the badge that asks for them."""

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import SCREENSHOTS
from tests.support.browser.inbox_page import POLL, InboxPage, install_clock
from tests.support.browser.world import Person, World

BE = """visibility => {
  Object.defineProperty(document, "hidden", {value: visibility === "hidden", configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_what_arrives_waits_behind_a_button_and_marking_all_leaves_it_unread(
    world: World, person: Person, page: Page
) -> None:
    install_clock(page)
    world.tell(person, "Here before")
    inbox = InboxPage(page).open()
    expect(inbox.rows).to_have_count(1)
    world.tell(person, "While you look")
    world.tell(person, "And another")
    inbox.poll_until(lambda: inbox.badge.text_content() == "3")
    arrivals = page.get_by_role("button", name="2 new notifications")
    expect(arrivals).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "arrivals.png")
    expect(inbox.rows).to_have_count(1)
    inbox.show("All")
    inbox.show("Unread")
    expect(inbox.rows).to_have_count(3)


def test_the_button_brings_them_to_the_top(world: World, person: Person, page: Page) -> None:
    install_clock(page)
    world.tell(person, "Here before")
    inbox = InboxPage(page).open()
    expect(inbox.rows).to_have_count(1)
    world.tell(person, "While you look")
    arrivals = page.get_by_role("button", name="1 new notification")
    inbox.poll_until(arrivals.is_visible)
    arrivals.click()
    expect(inbox.rows).to_have_count(2)
    expect(inbox.rows.first).to_contain_text("While you look")


def test_marking_all_leaves_what_nobody_has_seen(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Seen")
    inbox = InboxPage(page).open()
    expect(inbox.rows).to_have_count(1)
    world.tell(person, "Not seen yet")
    inbox.mark_all.click()
    expect(inbox.badge).to_have_text("1")
    expect(inbox.rows).to_have_count(1)
    expect(inbox.row("Not seen yet")).to_be_visible()


def test_a_list_that_could_not_be_asked_for_follows_with_the_next_poll(
    world: World, person: Person, page: Page
) -> None:
    install_clock(page)
    inbox = InboxPage(page).open()
    expect(page.get_by_role("heading", name="You are all caught up")).to_be_visible()
    expect(inbox.badge).to_be_hidden()
    page.route("**/v1/notifications?*", lambda route: route.abort(), times=1)
    world.tell(person, "After a tunnel")
    inbox.poll_until(lambda: inbox.badge.text_content() == "1")
    inbox.poll_until(inbox.row("After a tunnel").is_visible)


def test_an_empty_inbox_shows_what_arrives_by_itself(world: World, person: Person, page: Page) -> None:
    install_clock(page)
    inbox = InboxPage(page).open()
    expect(page.get_by_role("heading", name="You are all caught up")).to_be_visible()
    world.tell(person, "The first ever")
    inbox.poll_until(inbox.row("The first ever").is_visible)
    expect(inbox.badge).to_have_text("1")


def test_what_was_read_on_the_phone_leaves_the_screen(world: World, person: Person, page: Page) -> None:
    install_clock(page)
    world.tell(person, "Stays unread")
    read = world.tell(person, "Read on the phone")
    inbox = InboxPage(page).open()
    expect(inbox.rows).to_have_count(2)
    with world.api(person) as phone:
        phone.patch(f"/v1/notifications/{read}", json={"read": True}).raise_for_status()
    inbox.poll_until(lambda: inbox.rows.count() == 1)
    expect(inbox.badge).to_have_text("1")


def test_the_count_is_asked_for_with_its_tag_and_not_in_a_tab_nobody_sees(page: Page) -> None:
    install_clock(page)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/unread-count") else None)
    page.goto("/dashboard/projects")
    page.wait_for_load_state("networkidle")
    with page.expect_response("**/unread-count") as again:
        page.clock.fast_forward(POLL)
    assert again.value.status == 304
    page.evaluate(BE, "hidden")
    before = len(asked)
    page.clock.run_for(10 * POLL)
    assert len(asked) == before
    with page.expect_response("**/unread-count"):
        page.evaluate(BE, "visible")
