"""Filter, search and place are in the address: a reload, Back and a link lead to the same view. And what a first view costs."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from infra.local.postgres.postmaster import wait_until
from tests.browser.conftest import SEEN
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World

HOME = "/dashboard/notifications"
MOST_REQUESTS, MOST_BYTES = 12, 60_000
#: What the page itself does that keeps the browser from keeping it; `masked` is the browser's own, such as a busy machine.
IN_THE_WAY = """() => (performance.getEntriesByType("navigation")[0].notRestoredReasons?.reasons ?? [])
  .map(({reason}) => reason).filter((reason) => reason !== "masked")"""
KEPT = "() => { dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})); }"
SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({type: "layout-shift", buffered: true});
}"""
TOPMOST = """() => [...document.querySelector("owlpost-inbox").shadowRoot.querySelectorAll("li.row")]
  .find((row) => row.getBoundingClientRect().bottom > parseFloat(getComputedStyle(row).scrollMarginBlockStart) + 1)
  .dataset.id"""


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


def titles(inbox: InboxPage) -> list[str]:
    return [title.removeprefix("Unread: ") for title in inbox.rows.locator("h3").all_inner_texts()]


def a_long_inbox_of_rows_that_lead_away(world: World, person: Person, page: Page) -> InboxPage:
    for number in range(40):
        world.tell(person, f"Number {number:02}", link="/dashboard/projects")
    inbox = InboxPage(page).open()
    inbox.show("All")
    inbox.load_more.click()
    expect(inbox.rows).to_have_count(40)
    return inbox


def test_filter_and_search_survive_a_reload_back_and_a_link(world: World, person: Person, page: Page) -> None:
    world.tell(person, "A crash", kind="issue.new")
    world.tell(person, "Another crash")
    world.tell(person, "A rating", kind="app.rating_changed")
    inbox = InboxPage(page).open()
    inbox.show("All")
    page.get_by_role("searchbox", name="Search").fill("crash")
    expect(inbox.rows).to_have_count(2)
    page.get_by_label("Type").select_option(label="New issues")
    expect(inbox.rows).to_have_count(1)
    expect(page).to_have_url(f"{world.url}{HOME}?show=all&type=issue.new&q=crash")
    page.reload()
    expect(inbox.rows).to_have_count(1)
    expect(page.get_by_role("radio", name="All")).to_be_checked()
    expect(page.get_by_role("searchbox")).to_have_value("crash")
    expect(page.get_by_label("Type")).to_have_value("issue.new")
    shared = page.url
    page.go_back()
    expect(inbox.rows).to_have_count(2)
    expect(page.get_by_label("Type")).to_have_value("")
    page.go_back()
    expect(inbox.rows).to_have_count(3)
    expect(page.get_by_role("radio", name="Unread")).to_be_checked()
    page.go_forward()
    expect(inbox.rows).to_have_count(2)
    other = page.context.new_page()
    other.goto(shared)
    expect(InboxPage(other).rows).to_have_count(1)
    expect(other.get_by_role("searchbox")).to_have_value("crash")


def test_an_address_that_makes_no_sense_shows_the_inbox(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Here")
    page.goto(f"{HOME}?show=nonsense&type=no.such&at=7&whatever=x")
    expect(InboxPage(page).rows).to_have_count(1)
    page.goto(f"{HOME}?project=not-mine")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    expect(page.get_by_label("Project").locator("option:checked")).to_have_text("Not one of yours")


def test_the_place_in_a_long_list_survives_a_reload_and_a_link(world: World, person: Person, page: Page) -> None:
    for number in range(70):
        world.tell(person, f"Number {number:02}")
    inbox = InboxPage(page).open()
    inbox.load_more.click()
    expect(inbox.rows).to_have_count(60)
    inbox.row("Number 25").evaluate("row => row.scrollIntoView()")
    page.wait_for_url("**at=*")
    assert wait_until(lambda: page.url.endswith(f"at={page.evaluate(TOPMOST)}"), seconds=10)
    place = page.evaluate(TOPMOST)
    page.reload()
    expect(inbox.row("Number 25")).to_be_in_viewport()
    # rows take their real heights within some frames
    assert wait_until(lambda: page.evaluate(TOPMOST) == place, seconds=10)
    other = page.context.new_page()
    other.goto(page.url)
    expect(InboxPage(other).row("Number 25")).to_be_in_viewport()


def test_back_from_what_was_opened_is_the_same_page_at_the_same_place(world: World, person: Person, page: Page) -> None:
    inbox = a_long_inbox_of_rows_that_lead_away(world, person, page)
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        inbox.mark_as_read("Number 04")  # a request that outlives its page would keep the browser from keeping it
    expect(inbox.row("Number 04")).not_to_contain_text("Unread:")
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Number 04").click()
    page.wait_for_url("**/dashboard/projects")
    page.go_back(wait_until="commit")
    expect(inbox.row("Number 04")).to_be_in_viewport()
    assert page.evaluate(IN_THE_WAY) == []
    expect(inbox.rows).to_have_count(40)


def test_back_to_a_page_that_the_browser_did_not_keep_is_the_same_place(
    world: World, person: Person, page: Page
) -> None:
    """However fast somebody opens what was scrolled to: the click is in the same task as the scrolling."""
    inbox = a_long_inbox_of_rows_that_lead_away(world, person, page)
    page.evaluate(
        "window.hears = new BroadcastChannel('tests'); hears.onmessage = () => {}"
    )  # a kept page may hear nothing
    page.evaluate("scrollTo(0, 0)")
    expect(page).not_to_have_url(re.compile("at="))
    inbox.row("Number 04").evaluate(
        "row => { row.scrollIntoView({block: 'center'}); row.querySelector('h3 a').click(); }"
    )
    page.wait_for_url("**/dashboard/projects")
    page.evaluate("new BroadcastChannel('tests').postMessage('told')")
    page.go_back(wait_until="commit")
    expect(inbox.row("Number 04")).to_be_in_viewport()
    assert page.evaluate("window.hears === undefined"), "this is the page that was left"
    expect(inbox.rows).to_have_count(40)


def test_back_after_signing_out_shows_nobody_what_was_there(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Private")
    inbox = InboxPage(page).open()
    expect(inbox.row("Private")).to_be_visible()
    page.get_by_role("button", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/dashboard/login")
    page.context.route("**/v1/**", lambda route: route.abort())  # no answer of the server is waited for
    page.go_back(wait_until="commit")
    expect(page).to_have_url(re.compile(r"/dashboard/login\?next="))  # whichever of two navigations gets there
    expect(page.get_by_text("Private")).to_have_count(0)


def test_a_page_that_was_kept_is_left_at_once_if_somebody_signed_out_meanwhile(
    world: World, person: Person, page: Page
) -> None:
    """As in another tab. The event is the browser's own for a page that it kept; no answer of the server is waited for."""
    world.tell(person, "Private")
    inbox = InboxPage(page).open()
    expect(inbox.row("Private")).to_be_visible()
    page.context.route("**/v1/**", lambda route: route.abort())
    page.evaluate(KEPT)
    expect(inbox.row("Private")).to_be_visible()
    page.evaluate(f"localStorage.setItem('owlpost-signed-out-at', Date.now()); ({KEPT})()")
    expect(page).to_have_url(re.compile(r"/dashboard/login\?next="))  # whichever of two navigations gets there


def test_a_first_view_asks_for_little_and_nothing_moves(world: World, person: Person, page: Page) -> None:
    for number in range(40):
        world.tell(person, f"Number {number:02}", body="Some words about it.", link="/dashboard/projects")
    done: list[Request] = []
    page.on("requestfinished", lambda request: done.append(request))  # noqa: PLW0108 (Playwright marks the handler)
    page.add_init_script(f"({SHIFTS})()")
    inbox = InboxPage(page).open()
    expect(inbox.rows).to_have_count(30)
    page.wait_for_load_state("networkidle")
    sizes = {request.url: request.sizes()["responseBodySize"] for request in done}
    assert len(done) <= MOST_REQUESTS, sorted(sizes)
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    assert page.evaluate("window.shifted") < 0.01
