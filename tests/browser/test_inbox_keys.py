"""Single keys, sections, folds, and how a row reads: by keyboard and by mouse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from owlpost.domain.clock import utc_now
from tests.browser.conftest import SCREENSHOTS, SEEN, as_person
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World

CURSOR = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  const style = getComputedStyle(element);
  const title = element.querySelector("h3, .unfold")?.textContent.replace("Unread: ", "") ?? "";
  return [title, style.outlineStyle, style.outlineWidth];
}"""


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


def cursor(page: Page) -> str:
    """Return the title of the row that has the cursor, which must be visible."""
    title, style, width = page.evaluate(CURSOR)
    assert (style, width) == ("solid", "2px")
    return str(title)


def open_help(page: Page) -> None:
    """By the button where there is a mouse; to somebody who has but fingers the keys are not explained unasked."""
    button = page.get_by_role("button", name="Keyboard shortcuts")
    if page.evaluate("matchMedia('(any-hover: hover)').matches"):
        button.click()
    else:
        expect(button).to_be_hidden()
        page.keyboard.press("?")


@pytest.fixture
def inbox(world: World, person: Person, page: Page) -> InboxPage:
    for title in ("Third", "Second", "First"):
        world.tell(person, title, link="/dashboard/projects")
    return InboxPage(page).open()


def test_a_visible_cursor_goes_down_and_up_and_stays_in_the_list(inbox: InboxPage) -> None:
    keys = inbox.page.keyboard
    seen = []
    for key in "jjjjkkkk":
        keys.press(key)
        seen.append(cursor(inbox.page))
    assert seen == ["First", "Second", "Third", "Third", "Second", "First", "First", "First"]
    inbox.page.screenshot(path=SCREENSHOTS / "cursor.png")


def test_keys_open_read_and_search(inbox: InboxPage) -> None:
    keys = inbox.page.keyboard
    keys.press("j")
    keys.press("u")
    expect(inbox.badge).to_have_text("2")
    assert cursor(inbox.page) == "Second"
    keys.press("s")
    expect(inbox.page.get_by_role("menuitem").first).to_be_focused()
    keys.press("Escape")
    expect(inbox.page.get_by_role("menuitem")).to_have_count(0)
    keys.press("/")
    expect(inbox.page.get_by_role("searchbox")).to_be_focused()
    keys.type("joke third")
    expect(inbox.page.get_by_role("searchbox")).to_have_value("joke third")
    expect(inbox.page.get_by_role("heading", name="Nothing found")).to_be_visible()
    inbox.page.get_by_role("searchbox").fill("third")
    expect(inbox.rows).to_have_count(1)
    inbox.page.get_by_role("radio", name="Unread").focus()
    keys.press("j")
    keys.press("o")
    inbox.page.wait_for_url("**/dashboard/projects")
    expect(inbox.badge).to_have_text("1")


def test_a_letter_with_a_modifier_or_in_a_dialog_does_nothing(inbox: InboxPage) -> None:
    keys = inbox.page.keyboard
    keys.press("j")
    for chord in ("Control+e", "Alt+e", "Meta+e"):
        keys.press(chord)
    keys.press("?")
    expect(inbox.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    keys.press("e")
    keys.press("Escape")
    expect(inbox.rows).to_have_count(3)


def test_keys_are_explained_and_switched_off_for_this_browser(inbox: InboxPage) -> None:
    page = inbox.page
    open_help(page)
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet.locator("kbd")).to_have_text(["j", "k", "o", "e", "u", "s", "#", "z", "/", "?"])
    page.screenshot(path=SCREENSHOTS / "keys.png")
    sheet.get_by_label("Use single-key shortcuts").uncheck()
    sheet.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(sheet).to_be_hidden()
    InboxPage(page).open()
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(inbox.rows).to_have_count(3)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    sheet.get_by_label("Use single-key shortcuts").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(inbox.rows).to_have_count(2)


def test_the_whole_row_opens_and_its_buttons_do_not(inbox: InboxPage) -> None:
    inbox.row("First").locator(".when").click()
    expect(inbox.page).to_have_url(f"{inbox.page.url.partition('?')[0]}")
    box = inbox.row("Second").bounding_box()  # only now: rows take their real heights with the first frame
    assert box
    inbox.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 6)
    inbox.page.wait_for_url("**/dashboard/projects")
    expect(inbox.badge).to_have_text("2")


def tell_reviews(world: World, person: Person, number: int, project: str) -> None:
    for each in range(number):
        world.tell(person, f"Review {each}", kind="app.review_new", data={"project_id": project})


@pytest.fixture
def project(world: World, person: Person) -> str:
    """A project of a team of the person."""
    database = world.laptop.database()
    team, project = str(uuid4()), str(uuid4())
    with database.transaction() as connection:
        connection.exec_driver_sql("insert into teams (id, name, slug) values (%s, 'Fold', %s)", (team, team))
        connection.exec_driver_sql(
            "insert into team_members (team_id, user_id, role) values (%s, %s, 'member')", (team, person.id)
        )
        connection.exec_driver_sql(
            "insert into projects (id, team_id, name) values (%s, %s, 'Pocket Atlas')", (project, team)
        )
    database.close()
    return project


def test_many_of_one_kind_from_one_project_are_one_line_and_none_is_lost(
    world: World, person: Person, page: Page, project: str
) -> None:
    tell_reviews(world, person, 12, project)
    world.tell(person, "Something else")
    tell_reviews(world, person, 2, project)
    inbox = InboxPage(page).open()
    head = page.get_by_role("button", name="12 new reviews on Pocket Atlas", exact=True)
    expect(head).to_be_visible()
    expect(inbox.rows).to_have_count(3)
    page.screenshot(path=SCREENSHOTS / "fold.png")
    head.click()
    expect(inbox.rows).to_have_count(15)
    inbox.button("Done", "Review 5").first.click()
    expect(page.get_by_role("button", name="11 new reviews on Pocket Atlas", exact=True)).to_be_visible()
    page.get_by_role("button", name="11 new reviews on Pocket Atlas", exact=True).click()
    page.get_by_role("button", name="Done with all: 11 new reviews on Pocket Atlas").click()
    expect(inbox.rows).to_have_count(3)
    expect(inbox.badge).to_have_text("3")
    page.keyboard.press("z")
    expect(inbox.badge).to_have_text("14")
    page.keyboard.press("z")
    expect(inbox.badge).to_have_text("15")
    expect(page.get_by_role("button", name="12 new reviews on Pocket Atlas", exact=True)).to_be_visible()


def test_a_fold_is_worked_by_keyboard(world: World, person: Person, page: Page, project: str) -> None:
    world.tell(person, "Below")
    tell_reviews(world, person, 4, project)
    inbox = InboxPage(page).open()
    page.keyboard.press("j")
    assert cursor(page).startswith("4 new reviews")
    page.keyboard.press("o")
    expect(inbox.rows).to_have_count(5)
    page.keyboard.press("j")
    assert cursor(page) == "Review 3"
    page.keyboard.press("k")
    page.keyboard.press("u")
    expect(inbox.badge).to_have_text("1")
    page.keyboard.press("z")
    expect(inbox.badge).to_have_text("5")
    page.keyboard.press("k")
    assert cursor(page).startswith("4 new reviews")
    page.keyboard.press("#")
    expect(inbox.badge).to_have_text("1")
    page.keyboard.press("z")
    expect(inbox.badge).to_have_text("5")


def date_back(world: World, days: dict[str, int]) -> None:
    database = world.laptop.database()
    with database.transaction() as connection:
        for id_, age in days.items():
            connection.exec_driver_sql(
                "update notifications set created_at = now() - make_interval(days => %s) where id = %s", (age, id_)
            )
    database.close()


def test_rows_stand_under_their_days_and_times_are_the_readers_own(
    world: World, browser: Browser, person: Person
) -> None:
    ids = [world.tell(person, title) for title in ("Old", "Older", "Oldest")]
    date_back(world, {ids[0]: 1, ids[1]: 1, ids[2]: 30})
    world.tell(person, "New")
    with browser.new_context(base_url=world.url, locale="de-DE", timezone_id="UTC") as context:
        page = as_person(context.new_page(), person, world)
        inbox = InboxPage(page).open()
        days = page.locator("owlpost-inbox .day h2")
        month_ago = utc_now() - timedelta(days=30)
        expect(days).to_have_count(3)
        assert days.all_inner_texts()[:2] == ["Heute", "Gestern"]
        assert days.last.inner_text().startswith(f"{month_ago.day}. ")
        time = inbox.row("Older").locator("time")
        expect(time).to_have_text("gestern")
        time.click()
        expect(time).to_contain_text(str((utc_now() - timedelta(days=1)).year))
        inbox.button("Erledigt", "Oldest").click()
        expect(days).to_have_count(2)


@pytest.mark.parametrize(("title", "direction"), [("مرحبا بالعالم", "rtl"), ("Hello", "ltr")])
def test_text_lies_in_its_own_direction(world: World, person: Person, page: Page, title: str, direction: str) -> None:
    world.tell(person, title, body=title, link="/dashboard/projects")
    inbox = InboxPage(page).open()
    for selector in (".title", ".body"):
        found = inbox.rows.locator(selector).evaluate("element => getComputedStyle(element).direction")
        assert found == direction, selector


@pytest.mark.parametrize(
    ("label", "narrow"),
    [("Project", lambda page: page.get_by_label("Project").select_option(label="Pocket Atlas"))],
)
def test_a_project_narrows_the_list_and_what_mark_all_marks(
    world: World, person: Person, page: Page, project: str, label: str, narrow: Callable[[Page], object]
) -> None:
    world.tell(person, "Elsewhere")
    tell_reviews(world, person, 2, project)
    inbox = InboxPage(page).open()
    expect(inbox.mark_all).to_have_text("Mark all as read (3)")
    narrow(page)
    expect(inbox.rows).to_have_count(2)
    expect(inbox.mark_all, label).to_have_text("Mark all as read (2)")
    inbox.mark_all.click()
    expect(inbox.badge).to_have_text("1")
    page.keyboard.press("z")
    expect(inbox.badge).to_have_text("3")
