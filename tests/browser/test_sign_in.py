"""Signing in with a code, being sent there, and coming back."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from functions.dashboard.pages import PAGES
from infra.local.postgres.postmaster import wait_until
from tests.browser.conftest import SCREENSHOTS, SEEN, as_person
from tests.support.browser.world import PATIENCE, Person, World

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


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


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
    with httpx.Client(base_url=world.url, follow_redirects=True, timeout=PATIENCE) as nobody:
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


def test_the_code_is_in_the_subject_of_its_mail_where_a_phone_shows_it(
    world: World, stranger: Person, visitor: Page
) -> None:
    visitor.goto("/dashboard/login")
    _enter_address(visitor, stranger)
    code = world.code_for(stranger)
    assert world.mails_to(stranger)[0]["subject"] == f"{code} is your code to sign in"


def test_a_reload_while_one_looks_for_the_code_keeps_its_step(world: World, stranger: Person, visitor: Page) -> None:
    visitor.goto("/dashboard/login?next=/dashboard/projects")
    _enter_address(visitor, stranger)
    visitor.reload()
    expect(visitor.get_by_text(stranger.email)).to_be_visible()
    visitor.get_by_label("Code", exact=True).fill(world.code_for(stranger))
    expect(visitor).to_have_url(f"{world.url}/dashboard/projects")


def test_the_step_is_kept_no_longer_than_its_code_works(stranger: Person, visitor: Page) -> None:
    visitor.clock.install()
    visitor.goto("/dashboard/login")
    _enter_address(visitor, stranger)
    visitor.clock.fast_forward("10:01")
    visitor.reload()
    expect(visitor.get_by_label("E-mail address")).to_be_visible()


def test_another_address_is_asked_for_again_after_a_reload(stranger: Person, visitor: Page) -> None:
    visitor.goto("/dashboard/login")
    _enter_address(visitor, stranger)
    visitor.get_by_role("button", name="Use another address").click()
    visitor.reload()
    expect(visitor.get_by_label("E-mail address")).to_be_visible()


def test_a_new_code_can_be_had_after_half_a_minute_and_is_said_to_be_sent(
    world: World, stranger: Person, visitor: Page
) -> None:
    visitor.clock.install()
    visitor.goto("/dashboard/login")
    _enter_address(visitor, stranger)
    first = world.code_for(stranger)
    expect(visitor.get_by_role("button", name="New code in")).to_be_disabled()
    visitor.screenshot(path=SCREENSHOTS / "code-step.png")
    visitor.clock.fast_forward("00:30")
    visitor.get_by_role("button", name="Send a new code").click()
    expect(visitor.get_by_role("status")).to_have_text("New code sent.")
    expect(visitor.get_by_role("button", name=re.compile(r"New code in [23]\d s"))).to_be_disabled()
    expect(visitor.get_by_label("Code", exact=True)).to_be_focused()
    visitor.get_by_label("Code", exact=True).fill(world.another_code_for(stranger, first))
    visitor.clock.resume()
    expect(visitor).to_have_url(f"{world.url}/dashboard/notifications")


def test_who_was_signed_out_meanwhile_is_told_why_they_are_at_the_login(
    world: World, person: Person, page: Page
) -> None:
    page.goto("/dashboard/projects")
    expect(page.get_by_role("heading", name="Projects", level=1)).to_be_visible()
    with world.api(person) as client:
        client.post("/v1/auth/logout").raise_for_status()
    page.reload()
    expect(page.get_by_text("Your session ended. Sign in again to go on.")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "session-ended.png")


def test_the_login_of_somebody_who_was_never_here_says_nothing_of_a_session(visitor: Page) -> None:
    visitor.goto("/dashboard/projects")
    expect(visitor.get_by_text("there is no password to remember")).to_be_visible()
    expect(visitor.get_by_text("session ended")).to_have_count(0)


def test_who_is_signed_in_by_a_cookie_that_the_pages_do_not_know_is_not_sent_in_a_circle(
    world: World, person: Person, visitor: Page
) -> None:
    """As with the cookie of a host product: the API knows the person, the server of the pages does not."""
    visitor.route(
        "**/v1/**",
        lambda route: route.continue_(headers={**route.request.headers, "authorization": f"Bearer {person.token}"}),
    )
    visitor.goto("/dashboard/projects")
    expect(visitor).to_have_url(f"{world.url}/dashboard/projects")
    expect(visitor.get_by_role("heading", name="Projects", level=1)).to_be_visible()
    visitor.goto("about:blank")  # a request that comes too late for the route would lead to the login as well
    visitor.unroute("**/v1/**")
    visitor.goto("/dashboard/login")
    expect(visitor.get_by_label("E-mail address")).to_be_visible()
    assert wait_until(lambda: not visitor.context.cookies(), seconds=10)
