"""A finger draws a row aside and is done with it: real touches, as the browser's own input takes them."""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from infra.local.postgres.postmaster import wait_until
from tests.browser.conftest import SCREENSHOTS, as_person
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World

STEPS = 8
GOES_BACK = """() => getComputedStyle(
  document.querySelector("owlpost-inbox").shadowRoot.querySelector(".row > article")
).transitionDuration"""


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser, world: World, person: Person) -> Iterator[Page]:
    with browser.new_context(
        base_url=world.url,
        viewport={"width": 390, "height": 700},
        color_scheme=request.param,
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
    ) as context:
        yield as_person(context.new_page(), person, world)


@pytest.fixture
def inbox(world: World, person: Person, page: Page) -> InboxPage:
    for number in range(9, 0, -1):
        world.tell(person, f"Number {number}", body="A sentence about it.", link="/dashboard/projects")
    return InboxPage(page).open()


def touch(page: Page, row: Locator, by: Sequence[int], *, lift: bool = True) -> None:
    """Put a finger on the middle of a row and move it so far, right and down."""
    box = row.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, STEPS + 1):
        at = {"x": x + by[0] * step / STEPS, "y": y + by[1] * step / STEPS}
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    if lift:
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_row_that_is_drawn_aside_is_done_and_comes_back_by_undo(inbox: InboxPage) -> None:
    touch(inbox.page, inbox.row("Number 2"), (-130, 6))
    expect(inbox.rows).to_have_count(8)
    expect(inbox.said).to_contain_text("Done: “Number 2”.")
    assert inbox.page.url.endswith("/dashboard/notifications")  # and its link was not followed
    inbox.said.get_by_role("button", name="Undo").click()
    expect(inbox.rows).to_have_count(9)
    expect(inbox.row("Number 2")).not_to_have_class("drawn")


def test_under_the_finger_it_says_what_letting_go_does(inbox: InboxPage) -> None:
    row = inbox.page.locator("owlpost-inbox li.row").nth(1)
    scheme = "dark" if inbox.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") else "light"
    touch(inbox.page, row, (-60, 0), lift=False)
    expect(row.locator(".drawn-mark")).to_be_visible()
    expect(row).to_have_class("row unread drawn")
    inbox.page.screenshot(path=SCREENSHOTS / f"swipe-{scheme}.png")


@pytest.mark.parametrize("by", [(-60, 0), (130, 0), (-20, -90)])
def test_a_short_way_the_other_way_and_scrolling_leave_it(inbox: InboxPage, by: tuple[int, int]) -> None:
    touch(inbox.page, inbox.row("Number 3"), by)
    if by[1]:
        assert wait_until(lambda: inbox.page.evaluate("scrollY") > 0, seconds=10)
    expect(inbox.page.locator("owlpost-inbox .drawn")).to_have_count(0)
    expect(inbox.rows).to_have_count(9)
    expect(inbox.said).to_be_empty()


def test_from_right_to_left_it_is_mirrored(inbox: InboxPage) -> None:
    inbox.page.evaluate("document.documentElement.dir = 'rtl'")
    touch(inbox.page, inbox.row("Number 2"), (-130, 0))
    expect(inbox.rows).to_have_count(9)
    touch(inbox.page, inbox.row("Number 2"), (130, 0))
    expect(inbox.rows).to_have_count(8)


def test_whoever_wants_less_motion_sees_it_go_back_at_once(inbox: InboxPage) -> None:
    assert inbox.page.evaluate(GOES_BACK) == "0.15s"
    inbox.page.emulate_media(reduced_motion="reduce")
    assert float(inbox.page.evaluate(GOES_BACK).removesuffix("s")) < 0.01
    touch(inbox.page, inbox.row("Number 2"), (-130, 0))
    expect(inbox.rows).to_have_count(8)


def test_what_is_done_is_not_done_again(inbox: InboxPage) -> None:
    touch(inbox.page, inbox.row("Number 2"), (-130, 0))
    expect(inbox.rows).to_have_count(8)
    inbox.show("Done")
    expect(inbox.rows).to_have_count(1)
    touch(inbox.page, inbox.row("Number 2"), (-130, 0))
    expect(inbox.page.locator("owlpost-inbox .drawn")).to_have_count(0)
    expect(inbox.rows).to_have_count(1)
