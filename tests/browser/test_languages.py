"""The pages in the language of whoever reads them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import SCREENSHOTS, as_person
from tests.browser.test_accessibility import PAGES, WIDTHS
from tests.support.browser.world import Person, World

#: Words of the English pages that no German one has.
ENGLISH = re.compile(r"\b(the|you|your|this|and|not|with|mark|read|unread|all|sign|save|choose)\b", re.IGNORECASE)
#: Everything that is to be seen or read out, shadow roots too.
SAID = """() => {
  const said = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) said.push(node.textContent);
    if (![Node.ELEMENT_NODE, Node.DOCUMENT_FRAGMENT_NODE].includes(node.nodeType)) return;
    if (["SCRIPT", "STYLE", "NOSCRIPT"].includes(node.nodeName)) return;
    const read = ["aria-label", "title", "placeholder", "alt"].map((name) => node.getAttribute?.(name));
    said.push(...read.filter(Boolean));
    if (node.shadowRoot) walk(node.shadowRoot);
    for (const child of node.childNodes) walk(child);
  };
  walk(document.body);
  return [document.title, ...said].map((each) => each.trim()).filter(Boolean);
}"""


def german(browser: Browser, world: World, device: str = "desktop") -> BrowserContext:
    width, height = WIDTHS[device]
    return browser.new_context(
        base_url=world.url, viewport={"width": width, "height": height}, locale="de-DE", reduced_motion="reduce"
    )


@pytest.fixture
def german_page(browser: Browser, world: World) -> Iterator[Page]:
    with german(browser, world) as context:
        yield context.new_page()


def test_every_page_is_german_in_a_german_browser(world: World, person: Person, german_page: Page) -> None:
    world.tell(person, "Servus", kind="issue.new", body="Titel\n" * 9)
    page = german_page
    for name, (path, ready) in PAGES.items():
        page.goto(path)
        page.locator(ready).first.wait_for()
        assert page.locator("html").get_attribute("lang") == "de"
        for said in page.evaluate(SAID):
            assert not ENGLISH.search(said) or "@" in said or _is_of_server(said), (name, said)
        as_person(page, person, world)


def test_what_the_server_refuses_is_said_in_german(world: World, person: Person, german_page: Page) -> None:
    page = as_person(german_page, person, world)
    page.goto("/invite/accept?token=nothing")
    expect(page.get_by_text("Diese Einladung gibt es nicht.")).to_be_visible()


def test_what_is_wrong_with_a_field_is_said_in_german(world: World, person: Person, german_page: Page) -> None:
    page = as_person(german_page, person, world)
    page.goto("/dashboard/profile/destinations")
    page.get_by_text("Webhook verbinden", exact=True).click()
    for url, said in {
        "http://hooks.example": "Die URL muss mit https:// beginnen.",
        "https://169.254.169.254/": "Die URL muss einen Rechner im Internet beim Namen nennen, nicht mit einer IP-Adresse.",
    }.items():
        page.get_by_label("URL").fill(url)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(said)


def _is_of_server(said: str) -> bool:
    """What a channel asks for is said by the server, in English still."""
    return said in {"Webhook URL", "URL"} or "Workflows" in said


@pytest.mark.parametrize("device", WIDTHS)
def test_german_words_fit_every_screen(world: World, browser: Browser, person: Person, device: str) -> None:
    for number in range(4):
        world.tell(person, f"Nachricht {number}", kind="app.review_new", body="Die neueste: ★★★★★")
    with german(browser, world, device) as context:
        page = context.new_page()
        for name, (path, ready) in PAGES.items():
            page.goto(path)
            page.locator(ready).first.wait_for()
            page.screenshot(path=SCREENSHOTS / f"{name}-{device}-german.png")
            assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[device][0], name
            as_person(page, person, world)


def test_a_person_chooses_a_language_and_every_page_is_in_it_from_then_on(
    world: World, person: Person, page: Page
) -> None:
    as_person(page, person, world)
    page.goto("/dashboard/profile/notifications")
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", name="Einstellungen", level=1)).to_be_visible()
    expect(page.get_by_text("Neue Probleme").first).to_be_visible()
    page.goto("/dashboard/projects")
    expect(page.get_by_role("heading", name="Projekte", level=1)).to_be_visible()
    page.goto("/dashboard/profile/notifications")
    page.get_by_label("Sprache").select_option("")
    expect(page.get_by_role("heading", name="Preferences", level=1)).to_be_visible()


def test_a_person_who_reads_german_reads_it_in_a_browser_that_is_not_theirs(
    world: World, person: Person, page: Page
) -> None:
    with world.api(person) as client:
        client.patch("/v1/auth/me", json={"preferences": {"locale": "de-AT"}}).raise_for_status()
    as_person(page, person, world)
    page.goto("/dashboard/notifications")
    expect(page.get_by_role("heading", name="Posteingang", level=1)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "de"


def test_a_first_view_asks_for_no_more_in_german(world: World, person: Person, german_page: Page) -> None:
    asked: list[str] = []
    as_person(german_page, person, world)
    german_page.on("request", lambda request: asked.append(request.url))
    german_page.goto("/dashboard/notifications")
    german_page.locator(".note h2, li.row").first.wait_for()
    assert len(asked) <= 12
    assert not [url for url in asked if "words" in url or "texts" in url]
