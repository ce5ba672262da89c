"""Signing in with a code, being sent there, and coming back."""

from urllib.parse import quote

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from functions.dashboard.pages import PAGES
from tests.browser.conftest import SCREENSHOTS, as_person
from tests.support.browser.world import Person, World

HOSTILE = (
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/%09/evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "/%2e//evil.example",
    "/dashboard/login?next=/dashboard/login",
)


def _enter_address(page: Page, person: Person) -> None:
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).wait_for()


def test_a_code_from_the_mail_signs_in_and_leads_back_to_where_one_was(
    world: World, stranger: Person, visitor: Page
) -> None:
    visitor.goto("/dashboard/projects?from=mail")
    expect(visitor).to_have_url(f"{world.url}/dashboard/login?next=/dashboard/projects%3Ffrom%3Dmail")
    _enter_address(visitor, stranger)
    visitor.get_by_label("Code", exact=True).fill(world.code_for(stranger))
    expect(visitor).to_have_url(f"{world.url}/dashboard/projects?from=mail")
    expect(visitor.get_by_role("heading", name="Projects", level=1)).to_be_visible()


def test_a_code_that_is_pasted_with_words_around_it_signs_in(world: World, stranger: Person, visitor: Page) -> None:
    visitor.goto("/dashboard/login")
    _enter_address(visitor, stranger)
    code = world.code_for(stranger)
    visitor.get_by_label("Code", exact=True).fill(f"Your code: {code[:3]} {code[3:]}")
    expect(visitor).to_have_url(f"{world.url}/dashboard/notifications")


def test_the_browser_is_told_what_it_may_fill_in(stranger: Person, visitor: Page) -> None:
    visitor.goto("/dashboard/login")
    expect(visitor.get_by_label("E-mail address")).to_have_attribute("autocomplete", "email")
    expect(visitor.get_by_label("E-mail address")).to_be_focused()
    _enter_address(visitor, stranger)
    expect(visitor.get_by_label("Code", exact=True)).to_have_attribute("autocomplete", "one-time-code")
    expect(visitor.get_by_label("Code", exact=True)).to_be_focused()


def test_a_wrong_code_says_so_and_the_right_one_still_works(world: World, stranger: Person, visitor: Page) -> None:
    visitor.goto("/dashboard/login")
    _enter_address(visitor, stranger)
    code = world.code_for(stranger)
    visitor.get_by_label("Code", exact=True).fill("000000" if code != "000000" else "111111")
    expect(visitor.get_by_role("alert")).not_to_be_empty()
    visitor.screenshot(path=SCREENSHOTS / "wrong-code.png")
    expect(visitor).to_have_url(f"{world.url}/dashboard/login")
    visitor.get_by_label("Code", exact=True).fill(code)
    expect(visitor).to_have_url(f"{world.url}/dashboard/notifications")


def test_nobody_sees_a_page_but_the_login(world: World) -> None:
    with httpx.Client(base_url=world.url, follow_redirects=True) as nobody:
        for path in ("/", "/dashboard", *PAGES, "/dashboard/no-such-page", "/invite/accept"):
            assert nobody.get(path).url.path == "/dashboard/login", path


def test_the_way_back_never_leads_to_another_site(world: World, person: Person, visitor: Page) -> None:
    as_person(visitor, person, world)
    for where in HOSTILE:
        visitor.goto(f"/dashboard/login?next={quote(where, safe='%')}")
        expect(visitor).to_have_url(f"{world.url}/dashboard/notifications")


def test_a_stale_cookie_leads_to_the_login_once_and_not_in_a_circle(
    world: World, stranger: Person, visitor: Page, context: BrowserContext
) -> None:
    as_person(visitor, Person(stranger.id, stranger.email, "stale"), world)
    visited: list[str] = []
    visitor.on("framenavigated", lambda frame: visited.append(frame.url))
    visitor.goto("/dashboard/profile/notifications")
    visitor.wait_for_url("**/dashboard/login?next=*")
    expect(visitor.get_by_label("E-mail address")).to_be_visible()
    visitor.wait_for_load_state("networkidle")
    assert len(visited) == 2
    assert context.cookies() == []


def test_signing_out_ends_the_session_on_the_server_too(world: World, person: Person, page: Page) -> None:
    page.goto("/dashboard/notifications")
    page.get_by_role("button", name="Account").click()
    expect(page.locator(".menu").get_by_text(person.email)).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "account-menu.png")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/dashboard/login")
    with world.api(person) as client:
        assert client.get("/v1/auth/me").status_code == 401
