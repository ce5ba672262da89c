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
<body><header>A product <owlpost-bell {attributes}>{inside}</owlpost-bell></header><main>{main}</main></body></html>"""
CSS = "header { display: flex; justify-content: space-between; padding: 12px } button { background: red !important }"


INBOX = '<script type="module" src="/assets/owlpost-inbox.js"></script>'


def host(
    page: Page, attributes: str = "", more: str = "", *, inside: str = "", main: str = "Its page", css: str = CSS
) -> None:
    """A page of the product, with a strict policy and a style of its own that must not reach inside."""
    style = b64encode(sha256(css.encode()).digest()).decode()
    body = HOST.format(style=style, css=css, attributes=attributes, more=more, inside=inside, main=main)
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
    host(page, more=INBOX)
    page.get_by_role("button", name="Notifications, 1 unread").click()
    expect(page.get_by_role("heading", name="Twice")).to_be_visible()
    assert problems == []


def test_a_bell_of_the_page_and_words_below_the_list_have_their_places(
    world: World, person: Person, page: Page
) -> None:
    world.tell(person, "Ring")
    css = "".join(
        f"owlpost-bell::part({part}) {{ outline: 3px solid rgb(1, 2, {number}) }}"
        for number, part in enumerate(("bell", "badge", "popup"))
    )
    host(page, inside='<b slot="icon">Ding</b><p slot="footer">Ask us at the desk</p>', css=css)
    bell = page.get_by_role("button", name="Notifications, 1 unread")
    expect(bell).to_be_visible()
    expect(page.get_by_text("Ding")).to_be_visible()
    expect(page.get_by_text("Ask us at the desk")).to_be_hidden()
    bell.click()
    expect(page.get_by_text("Ask us at the desk")).to_be_visible()
    expect(page.get_by_role("link", name="All notifications")).to_have_count(0)
    for number, part in enumerate((".bell", ".badge", ".popup")):
        expect(page.locator(f"owlpost-bell {part}")).to_have_css("outline-color", f"rgb(1, 2, {number})")


def test_an_inbox_takes_the_style_of_the_page_at_its_parts(world: World, person: Person, page: Page) -> None:
    for number in range(3):
        world.tell(person, f"Number {number}")
    css = "".join(
        f"owlpost-inbox::part({part}) {{ outline: 3px solid rgb(1, 2, {number}) }}"
        for number, part in enumerate(("tools", "list", "row", "more"))
    )
    host(page, more=INBOX, main='<owlpost-inbox page-size="2"></owlpost-inbox>', css=css)
    expect(page.get_by_role("heading", name="Number 2")).to_be_visible()
    for number, part in enumerate((".tools", ".list", ".row >> nth=0", ".more")):
        expect(page.locator(f"owlpost-inbox {part}")).to_have_css("outline-color", f"rgb(1, 2, {number})")


@pytest.mark.usefixtures("person")
def test_a_compact_inbox_has_no_search_until_it_is_a_whole_one_and_says_in_words_of_the_page_that_it_is_empty(
    page: Page,
) -> None:
    inside = '<p slot="empty">All quiet on Pocket Atlas</p>'
    host(page, more=INBOX, main=f"<owlpost-inbox compact>{inside}</owlpost-inbox>")
    expect(page.get_by_text("All quiet on Pocket Atlas")).to_be_visible()
    search = page.get_by_role("searchbox")
    expect(search).to_be_hidden()
    page.locator("owlpost-inbox").evaluate("each => each.removeAttribute('compact')")
    expect(search).to_be_visible()
    expect(page.get_by_text("All quiet on Pocket Atlas")).to_be_visible()
