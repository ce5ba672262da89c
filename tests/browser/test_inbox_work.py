"""Working through the inbox: done, deleted, snoozed and back, by mouse and by keyboard, on a desk and on a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from owlpost.domain.clock import utc_now
from tests.browser.conftest import SCREENSHOTS, as_person
from tests.support.browser.inbox_page import POLL, InboxPage
from tests.support.browser.world import Person, World

SCREENS = {"desk": (1280, 800, "light"), "phone": (390, 844, "dark")}
FOCUSED_ROW = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.closest("li")?.querySelector("h3, .unfold")?.textContent ?? "";
}"""


@pytest.fixture(params=SCREENS)
def page(request: pytest.FixtureRequest, browser: Browser, world: World, person: Person) -> Iterator[Page]:
    width, height, scheme = SCREENS[request.param]
    with browser.new_context(
        base_url=world.url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]  # a literal of the table above
        reduced_motion="reduce",
        has_touch=request.param == "phone",
        locale="en-GB",
    ) as context:
        faults: list[str] = []
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(error.message))
        yield as_person(page, person, world)
        assert faults == []


@pytest.fixture
def inbox(world: World, person: Person, page: Page) -> InboxPage:
    for title in ("Third", "Second", "First"):
        world.tell(person, title, link="/dashboard/projects")
    opened = InboxPage(page).open()
    expect(opened.rows).to_have_count(3, timeout=30_000)
    return opened


def press(inbox: InboxPage, *keys: str) -> None:
    for key in keys:
        inbox.page.keyboard.press(key)


def test_what_is_done_is_in_its_own_list_and_comes_back_by_mouse(inbox: InboxPage) -> None:
    inbox.button("Done", "Second").click()
    inbox.button("Done", "First").click()
    expect(inbox.rows).to_have_count(1)
    expect(inbox.badge).to_have_text("1")
    expect(inbox.said).to_contain_text("Done: “First”.")
    inbox.page.screenshot(path=SCREENSHOTS / f"done-{inbox.page.viewport_size['width']}.png")  # type: ignore[index]
    inbox.show("Done")
    expect(inbox.rows).to_have_count(2)
    expect(inbox.rows.first).to_contain_text("First")
    inbox.show("Unread")
    expect(inbox.rows).to_have_count(1)
    inbox.undo.click()
    expect(inbox.rows).to_have_count(2)
    inbox.undo.click()
    expect(inbox.rows).to_have_count(3)
    expect(inbox.badge).to_have_text("3")


@pytest.mark.parametrize("item", ["Delete", "Snooze for an hour"])
def test_what_leaves_by_the_menu_is_undone_by_the_message(inbox: InboxPage, item: str) -> None:
    inbox.pick("Second", item)
    expect(inbox.rows).to_have_count(2)
    expect(inbox.badge).to_have_text("2")
    inbox.said.get_by_role("button", name="Undo").click()
    expect(inbox.rows).to_have_count(3)
    expect(inbox.rows.nth(1)).to_contain_text("Second")
    expect(inbox.badge).to_have_text("3")
    assert inbox.page.evaluate(FOCUSED_ROW).endswith("Second")


def test_each_of_several_acts_is_undone_by_keyboard_long_after_its_message(
    world: World, person: Person, page: Page
) -> None:
    page.clock.install()
    for title in ("Third", "Second", "First"):
        world.tell(person, title)
    inbox = InboxPage(page).open()
    press(inbox, "j", "e")
    expect(inbox.rows).to_have_count(2)
    assert page.evaluate(FOCUSED_ROW).endswith("Second")
    press(inbox, "#")
    expect(inbox.rows).to_have_count(1)
    press(inbox, "u")
    expect(inbox.rows).to_have_count(0)
    expect(inbox.badge).to_be_hidden()
    page.clock.run_for(5_000)
    expect(inbox.said).to_contain_text("Marked as read: “Third”.")
    page.clock.run_for(POLL)
    expect(inbox.said).to_be_empty()
    expect(inbox.undo).to_have_attribute("aria-label", "Undo: Marked as read: “Third”")
    for left in (1, 2, 3):
        press(inbox, "z")
        expect(inbox.rows).to_have_count(left)
        expect(inbox.said).to_contain_text("Undone (")
    press(inbox, "z")
    expect(inbox.said).to_contain_text("There is nothing to undo.")
    expect(inbox.badge).to_have_text("3")


def test_undo_of_mark_all_restores_exactly_that_set(world: World, person: Person, inbox: InboxPage) -> None:
    expect(inbox.mark_all).to_have_text("Mark all as read (3)")
    inbox.button("Done", "Third").click()
    expect(inbox.mark_all).to_have_text("Mark all as read (2)")
    world.tell(person, "Came in between")
    inbox.mark_all.click()
    expect(inbox.said).to_contain_text("2 marked as read.")
    expect(inbox.rows).to_have_count(1)
    inbox.undo.click()
    expect(inbox.rows).to_have_count(3)
    expect(inbox.rows.first).to_contain_text("Came in between")
    expect(inbox.badge).to_have_text("3")


def test_what_is_deleted_is_deleted_at_once_whatever_becomes_of_the_tab(
    world: World, person: Person, inbox: InboxPage
) -> None:
    with inbox.page.expect_response("**/v1/notifications/acts"):
        inbox.pick("Second", "Delete")
    inbox.page.close()
    with world.api(person) as client:
        titles = [row["title"] for row in client.get("/v1/notifications").json()["notifications"]]
    assert titles == ["First", "Third"]


def test_a_snooze_waits_in_its_list_and_comes_back_unread_at_the_top(
    world: World, person: Person, inbox: InboxPage
) -> None:
    inbox.button("More", "Third").click()
    inbox.page.get_by_role("menuitem", name="Snooze until …").click()
    until = inbox.page.get_by_label("It comes back, unread, at")
    until.fill(f"{utc_now() + timedelta(days=3):%Y-%m-%dT10:30}")
    inbox.page.screenshot(path=SCREENSHOTS / f"snooze-{inbox.page.viewport_size['width']}.png")  # type: ignore[index]
    inbox.page.get_by_role("dialog").get_by_role("button", name="Snooze").click()
    expect(inbox.rows).to_have_count(2)
    inbox.show("Snoozed")
    expect(inbox.rows).to_have_count(1)
    expect(inbox.rows.locator("time")).to_contain_text("10:30")
    _end_snooze(world, person)
    inbox.show("Unread")
    expect(inbox.rows).to_have_count(3)
    expect(inbox.rows.first).to_contain_text("Third")
    expect(inbox.rows.first).to_contain_text("back from a snooze")


def _end_snooze(world: World, person: Person) -> None:
    database = world.laptop.database()
    with database.transaction() as connection:
        connection.exec_driver_sql(
            "update notifications set created_at = now() where snoozed_from is not null and user_id = %s", (person.id,)
        )
    database.close()


def test_a_snooze_is_ended_by_hand(inbox: InboxPage) -> None:
    inbox.pick("Second", "Snooze until tomorrow")
    expect(inbox.rows).to_have_count(2)
    inbox.show("Snoozed")
    inbox.pick("Second", "Back to the inbox now")
    expect(inbox.rows).to_have_count(0)
    inbox.show("Unread")
    expect(inbox.rows.locator("h3")).to_have_text(["Unread: First", "Unread: Second", "Unread: Third"])


def test_a_done_row_is_put_back_by_marking_it_unread_and_that_is_undone(inbox: InboxPage) -> None:
    inbox.button("Done", "First").click()
    inbox.show("Done")
    inbox.pick("First", "Mark as unread")
    expect(inbox.rows).to_have_count(0)
    expect(inbox.badge).to_have_text("3")
    press(inbox, "z")
    expect(inbox.rows).to_have_count(1)
    expect(inbox.badge).to_have_text("2")


def targets(inbox: InboxPage) -> Iterator[Locator]:
    for selector in (".actions button", ".acts button", ".filters > *", ".segments label", ".menu button"):
        yield from (each for each in inbox.page.locator(f"owlpost-inbox {selector}").all() if each.is_visible())


def test_every_target_of_a_phone_has_room_for_a_finger(inbox: InboxPage) -> None:
    width = inbox.page.viewport_size["width"]  # type: ignore[index]
    inbox.button("More", "First").click()
    least = 44 if width < 640 else 24
    for target in targets(inbox):
        box = target.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= least or (box["height"] >= 40 and box["width"] >= 60), target
    inbox.page.screenshot(path=SCREENSHOTS / f"menu-{width}.png")
