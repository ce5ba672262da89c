"""`<owlpost-bell>` on a page that is not ours, as docs/embed.md has it."""

from base64 import b64encode
from hashlib import sha256

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.support.browser.world import PATIENCE, Person, World

HOST = """<!doctype html><html lang="en"><head><title>A product</title><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'sha256-{style}'; img-src data:">
<style>{css}</style><script type="module" src="/assets/owlpost-bell.js"></script>{more}</head>
<body><header>A product <owlpost-bell {attributes}></owlpost-bell></header><main>Its page</main></body></html>"""
CSS = "header { display: flex; justify-content: space-between; padding: 12px } button { background: red !important }"


def host(page: Page, attributes: str = "", more: str = "") -> None:
    """A page of the product, with a strict policy and a style of its own that must not reach inside."""
    style = b64encode(sha256(CSS.encode()).digest()).decode()
    body = HOST.format(style=style, css=CSS, attributes=attributes, more=more)
    page.route("**/product", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto("/product")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_shows_the_count_and_opens_the_inbox_below_it(
    world: World, person: Person, page: Page, width: int, scheme: str
) -> None:
    world.tell(person, "First")
    world.tell(person, "Second", body="Some words about it that are long enough to be cut or wrapped.")
    page.set_viewport_size({"width": width, "height": 760})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    host(page, 'read-state="all"')
    bell = page.get_by_role("button", name="Notifications, 2 unread")
    expect(bell).to_have_attribute("aria-expanded", "false")
    assert page.locator("owlpost-inbox").count() == 0
    assert bell.evaluate("each => getComputedStyle(each).backgroundColor") != "rgb(255, 0, 0)"
    bell.click()
    popup = page.get_by_role("dialog", name="Notifications")
    expect(popup.get_by_role("heading", name="Second")).to_be_visible(timeout=PATIENCE * 1_000)  # may start cold
    expect(bell).to_have_attribute("aria-expanded", "true")
    page.screenshot(path=SCREENSHOTS / f"bell-{width}-{scheme}.png")
    box = popup.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 760
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_opened_and_left_by_keyboard_and_the_focus_comes_back(world: World, person: Person, page: Page) -> None:
    world.tell(person, "By key")
    host(page)
    bell = page.get_by_role("button", name="Notifications, 1 unread")
    bell.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="By key")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Notifications")).to_be_hidden()
    expect(bell).to_be_focused()


def test_what_is_read_inside_is_counted_outside_and_the_page_is_told(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Read me")
    heard = "addEventListener('owlpost-count', (event) => { window.counts = [...(window.counts ?? []), event.detail.count]; });"
    page.add_init_script(heard)
    host(page)
    page.get_by_role("button", name="Notifications, 1 unread").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    assert page.evaluate("window.counts.at(-1)") == 0
    assert page.evaluate("window.counts.includes(1)")


def test_attributes_that_change_later_reach_the_inbox(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Unread")
    host(page, 'href="/somewhere"')
    page.get_by_role("button", name="Notifications, 1 unread").click()
    expect(page.get_by_role("link", name="All notifications")).to_have_attribute("href", "/somewhere")
    expect(page.get_by_role("heading", name="Unread")).to_be_visible()
    page.locator("owlpost-bell").evaluate(
        "bell => { bell.setAttribute('read-state', 'done'); bell.setAttribute('href', ''); }"
    )
    expect(page.get_by_role("heading", name="Unread")).to_have_count(0)
    expect(page.get_by_role("link", name="All notifications")).to_have_count(0)


def test_both_elements_live_on_one_page(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Twice")
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    host(page, more='<script type="module" src="/assets/owlpost-inbox.js"></script>')
    page.get_by_role("button", name="Notifications, 1 unread").click()
    expect(page.get_by_role("heading", name="Twice")).to_be_visible()
    assert problems == []
