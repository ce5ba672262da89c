"""`<owlpost-preferences>` on a page that is not ours: attributes, events, parts, slots, words."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect

from infra.local.postgres.postmaster import wait_until
from tests.browser.conftest import as_person
from tests.browser.test_preferences import chosen
from tests.support.browser.world import Person, World

PRODUCT = """<!doctype html><html lang="en"><head><title>A product</title><meta name="color-scheme" content="light dark">
<script type="module" src="/assets/owlpost-preferences.js{query}"></script><style>{css}</style></head>
<body><main style="width: {width}px"><owlpost-preferences {attributes}>{content}</owlpost-preferences></main></body></html>"""
HEARD = """window.heard = []; for (const name of ["owlpost-loaded", "owlpost-saved", "owlpost-not-saved"])
  addEventListener(name, ({ detail }) => heard.push([name, detail]));"""


def host(
    page: Page, attributes: str = "", *, content: str = "", query: str = "", css: str = "", width: int = 900
) -> None:
    body = PRODUCT.format(attributes=attributes, content=content, query=query, css=css, width=width)
    page.route("**/product", lambda route: route.fulfill(content_type="text/html", body=body))
    page.add_init_script(HEARD)
    page.goto("/product")


def headings(page: Page) -> Sequence[str]:
    return page.locator("owlpost-preferences h2").all_inner_texts()


def test_a_choice_is_saved_and_the_page_is_told(world: World, person: Person, page: Page) -> None:
    host(page)
    page.get_by_role("switch", name="New issues: Email").press("Space")
    assert wait_until(lambda: chosen(world, person).get("types") == {"issue.new": {"email": True}}, seconds=10)
    expect(page.get_by_role("status")).to_have_text("Saved.")
    names = page.evaluate("heard.map(([name]) => name)")
    assert names == ["owlpost-loaded", "owlpost-saved"]
    assert page.evaluate("heard[1][1].notifications.types") == {"issue.new": {"email": True}}


def test_what_cannot_be_saved_is_told_and_taken_back(page: Page) -> None:
    host(page)
    toggle = page.get_by_role("switch", name="New issues: Email")
    expect(toggle).not_to_be_checked()
    page.route("**/v1/auth/me", lambda route: route.abort())
    toggle.click()
    expect(page.get_by_role("alert")).to_contain_text("could not be saved")
    expect(toggle).not_to_be_checked()
    name, detail = page.evaluate("heard.at(-1)")
    assert (name, "could not be saved" in detail["message"]) == ("owlpost-not-saved", True)


def test_what_cannot_be_loaded_is_loaded_at_a_press(page: Page) -> None:
    page.route("**/v1/auth/me", lambda route: route.abort())
    host(page)
    again = page.get_by_role("button", name="Try again")
    expect(again).to_be_visible(timeout=20_000)
    page.unroute("**/v1/auth/me")
    again.press("Enter")
    expect(page.get_by_role("switch", name="New issues: Email")).to_be_visible()


def test_attributes_choose_what_is_shown_and_may_change_later(world: World, ada: Person, visitor: Page) -> None:
    as_person(visitor, ada, world)
    with world.api(ada) as client:
        projects = {each["name"]: each["id"] for each in client.get("/v1/projects").json()["projects"]}
    host(visitor, f'sections="kinds" project="{projects["Atlas for Teams"]}"')
    expect(visitor.get_by_label("For the news of")).to_have_value(projects["Atlas for Teams"])
    assert headings(visitor) == ["Kinds of news"]
    visitor.locator("owlpost-preferences").evaluate("each => each.setAttribute('sections', 'channels when')")
    expect(visitor.get_by_role("heading", name="When", exact=True)).to_be_visible()
    assert headings(visitor) == ["When", "Channels"]
    reached = visitor.get_by_role("link", name="Where you are reached")
    expect(reached).to_have_attribute("href", "/dashboard/profile/destinations")
    visitor.locator("owlpost-preferences").evaluate("each => each.setAttribute('destinations-href', '/where')")
    expect(reached).to_have_attribute("href", "/where")
    visitor.locator("owlpost-preferences").evaluate("each => each.setAttribute('destinations-href', '')")
    expect(reached).to_have_count(0)


@pytest.mark.usefixtures("person")
def test_words_and_style_of_the_page_have_their_places(page: Page) -> None:
    content = '<span slot="kinds">What happens</span><p slot="footer">Ask us at the desk</p>'
    css = "owlpost-preferences::part(card) { border-left: 7px solid rgb(1, 2, 3) } .card, h2 { display: none }"
    host(page, content=content, css=css)
    expect(page.get_by_role("region", name="What happens")).to_be_visible()
    expect(page.get_by_text("Ask us at the desk")).to_be_visible()
    card = page.locator("owlpost-preferences .card").first
    assert card.evaluate("each => getComputedStyle(each).borderLeftColor") == "rgb(1, 2, 3)"
    expect(card).to_be_visible()


def test_a_page_with_a_language_of_its_own_says_so_in_the_address(page: Page) -> None:
    host(page, query="?language=de")
    expect(page.get_by_role("heading", name="Kanäle")).to_be_visible()
    expect(page.get_by_text("Deiner E-Mails und Benachrichtigungen.")).to_be_visible()


@pytest.mark.parametrize(("width", "below"), [(900, False), (420, True)])
def test_it_is_arranged_by_its_own_width_in_a_wide_window(page: Page, width: int, *, below: bool) -> None:
    host(page, width=width)
    switch = page.get_by_role("switch", name="New issues: Email").bounding_box()
    words = page.get_by_role("heading", name="New issues").bounding_box()
    assert switch is not None
    assert words is not None
    assert (switch["x"] < words["x"] + words["width"]) is below
    assert page.locator("owlpost-preferences").evaluate("each => each.scrollWidth <= each.clientWidth")


def test_no_element_takes_a_name_that_browsers_use_themselves(page: Page) -> None:
    """A `title`, `focus` or `hidden` of our own would break what a page does with any element."""
    body = "".join(
        f'<script type="module" src="/assets/owlpost-{name}.js"></script><owlpost-{name}></owlpost-{name}>'
        for name in ("bell", "inbox", "preferences")
    )
    page.route("**/product", lambda route: route.fulfill(content_type="text/html", body=body))
    page.goto("/product")
    expect(page.get_by_role("switch", name="New issues: Email")).to_be_visible()
    clashes = page.evaluate("""() => ["bell", "inbox", "preferences"].flatMap((name) => {
      const element = document.querySelector(`owlpost-${name}`);
      const own = new Set(Object.keys(element));
      for (let each = Object.getPrototypeOf(element); each !== HTMLElement.prototype; each = Object.getPrototypeOf(each))
        for (const member of Object.getOwnPropertyNames(each)) own.add(member);
      return [...own].filter((member) => member in HTMLElement.prototype && member !== "constructor");
    })""")
    assert clashes == []
