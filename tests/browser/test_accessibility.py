"""Everybody can use it: by keyboard alone, by screen reader, in light and dark, on a phone."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from owlpost.domain.brand import READABLE, contrast
from tests.browser.conftest import SCREENSHOTS, as_person
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World

Scheme: TypeAlias = Literal["light", "dark"]
#: Where each page is, and what stands there when it is ready.
PAGES = {
    "login": ("/dashboard/login", "#email"),
    "inbox": ("/dashboard/notifications", "li.row"),
    "preferences": ("/dashboard/profile/notifications", "[role=switch]"),
    "sessions": ("/dashboard/profile/sessions", ".card h2"),
    "destinations": ("/dashboard/profile/destinations", ".connect"),
    "projects": ("/dashboard/projects", ".project, .nothing"),
    "not-here": ("/dashboard/no-such-page", "h1"),
}
WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}
#: Of axe-core: what WCAG asks for at level A and AA, and what else is good.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FOCUSED = """() => {
  let element = document.activeElement;
  while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.getAttribute("aria-label") ?? element.textContent ?? "";
}"""


@pytest.fixture
def full_inbox(world: World, person: Person) -> Person:
    """A bit of everything, some of it read."""
    world.tell(
        person, "2 new issues, 1 regressed", kind="issue.new", body="🆕 Crash on start\n🆕 Slow map\n🔄 Lost query"
    )
    world.tell(person, "New feedback in Pocket Atlas", body="Mira: " + "love it, " * 60, link="/dashboard/feedback/1")
    read = world.tell(person, "Read already", kind="app.rating_changed")
    with world.api(person) as client:
        client.patch(f"/v1/notifications/{read}", json={"read": True}).raise_for_status()
    return person


def _visit(page: Page, person: Person, world: World) -> Iterator[str]:
    """Every page in turn, by its name, the first one as nobody."""
    for name, (path, ready) in PAGES.items():
        page.goto(path)
        page.locator(ready).first.wait_for()
        yield name
        as_person(page, person, world)


def _screen(
    browser: Browser, world: World, device: str, scheme: Scheme, *, colours: Literal["none", "active"] = "none"
) -> BrowserContext:
    width, height = WIDTHS[device]
    return browser.new_context(
        base_url=world.url,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        forced_colors=colours,
        reduced_motion="reduce",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", WIDTHS)
def test_every_page_fits_its_screen(
    world: World, browser: Browser, full_inbox: Person, scheme: Scheme, device: str
) -> None:
    with _screen(browser, world, device, scheme) as context:
        page = context.new_page()
        for name in _visit(page, full_inbox, world):
            page.screenshot(path=SCREENSHOTS / f"{name}-{device}-{scheme}.png")
            assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device][0], name


@pytest.mark.parametrize("colours", ["none", "active"])
@pytest.mark.parametrize(("device", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_axe_finds_nothing_on_any_page_best_practices_included(
    world: World, browser: Browser, full_inbox: Person, scheme: Scheme, device: str, colours: Literal["none", "active"]
) -> None:
    with _screen(browser, world, device, scheme, colours=colours) as context:
        page = context.new_page()
        for name in _visit(page, full_inbox, world):
            if colours == "active":
                page.screenshot(path=SCREENSHOTS / f"{name}-{device}-forced-{scheme}.png")
            assert _found(Axe().run(page, options={"runOnly": RULES}).response) == [], name


def test_nothing_is_lost_at_200_percent(world: World, browser: Browser, full_inbox: Person) -> None:
    """A window of 1,280 pixels at twice the size: 640 of the page's own (WCAG 2.2, 1.4.4), and 320 at four times (1.4.10)."""
    for width, scale in ((640, 2), (320, 4)):
        with browser.new_context(
            base_url=world.url, viewport={"width": width, "height": 400}, device_scale_factor=scale
        ) as context:
            page = context.new_page()
            for name in _visit(page, full_inbox, world):
                page.screenshot(path=SCREENSHOTS / f"{name}-{scale}00-percent.png")
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)


def test_paper_has_the_news_and_none_of_the_controls(world: World, browser: Browser, full_inbox: Person) -> None:
    with _screen(browser, world, "desktop", "light") as context:
        page = as_person(context.new_page(), full_inbox, world)
        page.goto("/dashboard/notifications")
        page.locator("li.row").first.wait_for()
        page.emulate_media(media="print")
        expect(page.get_by_text("2 new issues, 1 regressed")).to_be_visible()
        for gone in ("header.bar", ".tools", ".actions"):
            expect(page.locator(gone).first).to_be_hidden()
        page.screenshot(path=SCREENSHOTS / "inbox-print.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_number_on_the_badge_can_be_read(
    world: World, browser: Browser, full_inbox: Person, scheme: Scheme
) -> None:
    with _screen(browser, world, "desktop", scheme) as context:
        page = as_person(context.new_page(), full_inbox, world)
        page.goto("/dashboard/notifications")
        badge = page.locator(".badge")
        expect(badge).to_be_visible()
        ground, ink = badge.evaluate("(each) => [getComputedStyle(each).backgroundColor, getComputedStyle(each).color]")
        assert contrast(_rgb(ground), _rgb(ink)) >= READABLE


def test_rows_stand_in_the_page_before_its_script_does(world: World, person: Person, browser: Browser) -> None:
    with browser.new_context(base_url=world.url) as context:
        page = as_person(context.new_page(), person, world)
        page.route("**/*.js", lambda route: route.abort())
        page.goto("/dashboard/projects")
        expect(page.locator(".skeleton i").first).to_be_visible()
        page.unroute("**/*.js")
        page.reload()
        page.locator(".project, .nothing").first.wait_for()
        expect(page.locator(".skeleton")).to_have_count(0)


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = re.findall(r"\d+", colour)[:3]
    return int(red), int(green), int(blue)


def _found(found: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def _tab_until(page: Page, wanted: Callable[[str], bool], *, most: int = 30) -> str:
    for _ in range(most):
        page.keyboard.press("Tab")
        name = str(page.evaluate(FOCUSED))
        if wanted(name):
            return name
    raise AssertionError("the keyboard does not get there")


def test_the_inbox_is_worked_by_keyboard_alone(world: World, person: Person, page: Page) -> None:
    for title in ("Three", "Two", "One"):
        world.tell(person, title)
    inbox = InboxPage(page).open()
    expect(inbox.rows).to_have_count(3)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to content"
    _tab_until(page, lambda name: name == "Mark as read: One")
    page.keyboard.press("Enter")
    expect(inbox.rows).to_have_count(2)
    assert page.evaluate(FOCUSED) == "Mark as read: Two"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "More: Two"
    page.keyboard.press("Space")
    expect(page.get_by_role("menuitem", name="Mark as read")).to_be_focused()
    page.keyboard.press("End")
    assert page.evaluate(FOCUSED) == "Delete"
    page.keyboard.press("Enter")
    expect(inbox.rows).to_have_count(1)
    assert page.evaluate(FOCUSED) == "More: Three"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "Done: Three"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You are all caught up")).to_be_visible()
    expect(inbox.badge).to_be_hidden()


def test_filters_and_switches_are_worked_by_keyboard_alone(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Only one")
    inbox = InboxPage(page).open()
    page.get_by_role("radio", name="Unread").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Read", exact=True)).to_be_checked()
    expect(inbox.rows).to_have_count(0)
    page.goto("/dashboard/profile/notifications")
    page.get_by_role("switch").first.wait_for()
    _tab_until(page, lambda name: name == "New issues: Email")
    page.keyboard.press("Space")
    expect(page.get_by_role("switch", name="New issues: Email")).to_be_checked()


def test_the_account_menu_opens_and_closes_by_keyboard(page: Page) -> None:
    page.goto("/dashboard/projects")
    page.get_by_role("button", name="Account").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
