"""A person looks at their sessions and ends them, by mouse and by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SCREENSHOTS, SEEN, as_person
from tests.support.browser.world import Person, World

PATH = "/dashboard/profile/sessions"
PHONE, TABLET = "Owlmetry/7 iPhone17,1", "Owlmetry/7 iPad16,3"
WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


@pytest.fixture
def others(world: World, person: Person) -> dict[str, Person]:
    """Two more devices of the person, by their names."""
    return {device: world.signed_in(person, device=device) for device in (PHONE, TABLET)}


def is_open(world: World, person: Person) -> bool:
    with world.api(person) as client:
        return client.get("/v1/auth/me").status_code == 200


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Sessions").get_by_role("listitem")


def end(page: Page, device: str) -> Locator:
    return page.get_by_role("button", name=f"End the session of {device}")


def test_sessions_are_listed_and_one_is_ended_by_mouse(world: World, page: Page, others: dict[str, Person]) -> None:
    page.goto("/dashboard/notifications")
    page.get_by_role("button", name="Account").click()
    page.locator(".menu").get_by_role("link", name="Sessions").click()
    page.wait_for_url(f"**{PATH}")
    expect(rows(page)).to_have_count(3)
    expect(rows(page).filter(has_text="This device")).to_have_count(1)
    expect(rows(page).filter(has_text="This device").get_by_role("button")).to_have_count(0)
    end(page, PHONE).click()
    expect(page.locator("owlpost-sessions").get_by_role("status")).to_have_text("The session has ended.")
    expect(rows(page)).to_have_count(2)
    assert [is_open(world, others[device]) for device in (PHONE, TABLET)] == [False, True]
    page.reload()
    expect(rows(page)).to_have_count(2)


def test_one_session_and_then_all_others_are_ended_by_keyboard(
    world: World, page: Page, person: Person, others: dict[str, Person]
) -> None:
    world.signed_in(person, device="Mozilla/5.0 (X11)")
    page.goto(PATH)
    expect(rows(page)).to_have_count(4)
    end(page, PHONE).focus()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(3)
    assert not is_open(world, others[PHONE])
    assert str(page.evaluate("document.activeElement.ariaLabel")).startswith("End the session of")
    while page.evaluate("document.activeElement.textContent") != "End all other sessions":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("owlpost-sessions").get_by_role("status")).to_have_text("All other sessions have ended.")
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("button", name="End all other sessions")).to_be_hidden()
    expect(page.get_by_role("list", name="Sessions")).to_be_focused()
    assert not is_open(world, others[TABLET])
    assert is_open(world, person)


def test_all_sessions_are_ended_and_the_person_signs_in_again(
    world: World, page: Page, person: Person, others: dict[str, Person]
) -> None:
    page.goto(PATH)
    expect(rows(page)).to_have_count(3)
    # Nothing else on the page asks the API and finds out by itself.
    page.route("**/v1/**", lambda route: route.continue_() if route.request.method == "DELETE" else route.abort())
    page.get_by_role("button", name="End all sessions and sign out").click()
    page.wait_for_url("**/dashboard/login?next=*")
    assert not any(is_open(world, each) for each in (person, *others.values()))


def test_a_session_that_cannot_be_ended_stays_and_why_is_said(page: Page, others: dict[str, Person]) -> None:
    page.goto(PATH)
    expect(rows(page)).to_have_count(len(others) + 1)
    page.route("**/v1/auth/sessions/*", lambda route: route.fulfill(status=500, json={"error": "Not today."}))
    end(page, PHONE).click()
    expect(page.get_by_role("alert")).to_have_text("Not today.")
    expect(rows(page)).to_have_count(len(others) + 1)


@pytest.mark.parametrize("screen", WIDTHS)
def test_the_page_fits_the_screen(
    world: World, visitor: Page, person: Person, others: dict[str, Person], screen: str
) -> None:
    width, height = WIDTHS[screen]
    visitor.set_viewport_size({"width": width, "height": height})
    world.signed_in(
        person, device="Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
    )
    as_person(visitor, person, world).goto(PATH)
    expect(rows(visitor)).to_have_count(len(others) + 2)
    visitor.screenshot(path=SCREENSHOTS / f"sessions-{screen}.png")
    assert visitor.evaluate("document.documentElement.scrollWidth") <= width
    assert (
        visitor.evaluate(
            "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('nav ul'))"
        )
        == 0
    )
