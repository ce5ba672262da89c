"""An inbox of 10,000 unread: what a page of it costs is counted, in requests, bytes, rows and changes of the DOM."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, Response, expect
from sqlalchemy import text

from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World

LARGE, SMALL = 10_000, 100
DEADLINE = 60.0
#: The oldest is the only one with a rare word.
FILL = text("""
    insert into notifications (user_id, type, title, body, link, created_at, request_id)
    select cast(:user_id as uuid), case mod(n, 2) when 0 then 'feedback.new' else 'app.review_new' end,
           'Number ' || lpad(cast(n as text), 5, '0') || case n when :size then ' Zyzzyva' else '' end,
           'A sentence or two about it.', '/dashboard/projects', now() - n * interval '1 minute', owlpost_uuid7()
    from generate_series(1, :size) n
""")
#: Rows of a list that waits for nothing.
ROWS = """() => document.querySelector("owlpost-inbox").shadowRoot
  .querySelector(".list[aria-busy=false]")?.querySelectorAll(".row:not([hidden])").length"""
#: Rows that the browser lays out and paints; the others are in the document, for screen readers and a search in the page.
RENDERED = """() => [...document.querySelector("owlpost-inbox").shadowRoot.querySelectorAll(".row > article")]
  .filter((each) => each.checkVisibility({contentVisibilityAuto: true})).length"""
TOPMOST = """() => document.querySelector("owlpost-inbox").shadowRoot
  .elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest(".row")?.textContent"""
COUNT_CHANGES = """() => {
  window.changes = 0;
  const unlessOfTime = ({ target }) => target.localName !== "time"; // which change by themselves, each minute
  new MutationObserver((records) => { window.changes += records.filter(unlessOfTime).length; })
    .observe(document.querySelector("owlpost-inbox").shadowRoot, {subtree: true, childList: true, attributes: true});
}"""
#: How often the list is looked through.
COUNT_LOOKS = """() => {
  window.looks = 0;
  const { get } = Object.getOwnPropertyDescriptor(Element.prototype, "children");
  const list = document.querySelector("owlpost-inbox").shadowRoot.querySelector(".list");
  Object.defineProperty(list, "children", { get() { window.looks += 1; return get.call(this); } });
}"""
#: Elements of the whole document, in shadow roots as well.
ELEMENTS = """() => {
  const count = (root) => {
    const all = [...root.querySelectorAll("*")];
    return all.reduce((sum, { shadowRoot }) => sum + (shadowRoot ? count(shadowRoot) : 0), all.length);
  };
  return count(document);
}"""


def fill(world: World, person: Person, size: int) -> None:
    database = world.laptop.database()
    with database.transaction() as connection:
        connection.execute(FILL, {"user_id": str(person.id), "size": size})
    database.close()


def id_of(world: World, person: Person, title: str) -> str:
    database = world.laptop.database()
    with database.transaction() as connection:
        asked = {"user_id": person.id, "title": title}
        id_ = connection.execute(
            text("select id from notifications where user_id = :user_id and title = :title"), asked
        )
        found = str(id_.scalar_one())
    database.close()
    return found


@dataclass
class Asked:
    """The pages of the list that were asked for, with the bytes of their answers."""

    page: Page
    sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if "/v1/notifications?" in response.url:
            self.sizes.append(int(response.headers.get("content-length", 0)))

    def begin(self) -> None:
        self.sizes.clear()


@pytest.fixture
def asked(page: Page) -> Asked:
    return Asked(page)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.05)


def await_rows(page: Page, count: int) -> None:
    """In one look at the list: to ask the browser of each row whether it is to be seen takes long."""
    eventually(lambda: page.evaluate(ROWS) == count)


def load_more(page: Page, count: int) -> int:
    """Return the number of changes of the DOM until there are so many rows."""
    page.evaluate("window.changes = 0")
    page.evaluate("document.querySelector('owlpost-inbox').shadowRoot.querySelector('.more').click()")
    await_rows(page, count)
    return int(page.evaluate("window.changes"))


def load_in_large_pages(page: Page, rows: int) -> None:
    """Load so many rows, two hundred at a time."""
    page.evaluate("document.querySelector('owlpost-inbox').setAttribute('page-size', 200)")
    await_rows(page, 200)
    for loaded in range(400, rows + 1, 200):
        load_more(page, loaded)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_a_first_view_costs_the_same_whatever_the_inbox_holds(
    world: World, person: Person, page: Page, asked: Asked, size: int
) -> None:
    fill(world, person, size)
    inbox = InboxPage(page).open()
    expect(inbox.rows).to_have_count(30)
    expect(inbox.badge).to_have_text("99+")
    assert len(asked.sizes) == 1
    assert asked.sizes[0] < 14_000
    assert page.evaluate(ELEMENTS) < 1_100


@pytest.mark.takes_long("loads some 1,800 rows")
def test_loading_on_and_on_costs_what_the_first_page_did(
    world: World, person: Person, page: Page, asked: Asked
) -> None:
    fill(world, person, LARGE)
    InboxPage(page).open()
    await_rows(page, 30)
    page.evaluate(COUNT_CHANGES)
    load_in_large_pages(page, 400)
    early = load_more(page, 600)
    load_in_large_pages(page, 1_600)
    asked.begin()
    late = load_more(page, 1_800)
    assert len(asked.sizes) == 1
    assert late < early * 1.2, (early, late)
    assert page.evaluate(RENDERED) < 60
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    eventually(lambda: "Number 00" in (page.evaluate(TOPMOST) or ""))
    assert page.evaluate(RENDERED) < 60
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    eventually(lambda: "Number 01" in (page.evaluate(TOPMOST) or ""))
    assert page.evaluate(RENDERED) < 60


@pytest.mark.takes_long("loads 400 rows")
def test_marking_all_of_a_long_list_looks_through_it_a_few_times_not_for_each_row(
    world: World, person: Person, page: Page
) -> None:
    fill(world, person, LARGE)
    inbox = InboxPage(page).open()
    inbox.show("All")
    load_in_large_pages(page, 400)
    page.evaluate(COUNT_LOOKS)
    inbox.mark_all.click()
    expect(inbox.said).to_contain_text("10,000 marked as read.", timeout=60_000)
    assert page.evaluate("window.looks") < 40


@pytest.mark.takes_long("loads some 1,000 rows")
def test_a_place_far_down_is_reached_by_a_few_large_pages(
    world: World, person: Person, page: Page, asked: Asked
) -> None:
    fill(world, person, LARGE)
    id_ = id_of(world, person, "Number 00900")
    page.goto(f"/dashboard/notifications?at={id_}")
    expect(page.locator(f"li[data-id='{id_}']")).to_be_in_viewport(timeout=60_000)
    assert len(asked.sizes) <= 6
    assert page.evaluate(RENDERED) < 60


@pytest.mark.parametrize(("words", "rows", "pages"), [("zyzzyva", 1, 2), ("qqqxyz", 0, 2), ("number", 30, 1)])
def test_a_search_takes_a_page_or_two_whether_a_word_is_rare_or_absent_or_everywhere(
    world: World, person: Person, page: Page, asked: Asked, words: str, rows: int, pages: int
) -> None:
    """Of 10,000: the first answer looks through a few, the second through the rest."""
    fill(world, person, LARGE)
    inbox = InboxPage(page).open()
    asked.begin()
    with page.expect_response(lambda answer: f"q={words}" in answer.url):
        page.get_by_role("searchbox").fill(words)
    expect(inbox.rows).to_have_count(rows)
    if rows != 30:
        expect(inbox.load_more).to_be_hidden()
    if not rows:
        expect(page.locator("owlpost-inbox .note.empty")).to_be_visible()
    assert len(asked.sizes) == pages
