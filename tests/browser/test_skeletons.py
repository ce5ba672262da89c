"""What stands in a page before its script does: of the measures of what comes, in every colour and on a phone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import SCREENSHOTS, as_person
from tests.support.browser.world import Person, World

SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
    "forced": {"viewport": {"width": 390, "height": 844}, "forced_colors": "active"},
}


@pytest.fixture(params=SCREENS)
def page(request: pytest.FixtureRequest, browser: Browser, world: World) -> Iterator[Page]:
    with browser.new_context(base_url=world.url, reduced_motion="reduce", **SCREENS[request.param]) as context:
        yield context.new_page()


def held(page: Page, path: str, what: str) -> Callable[[], None]:
    """Open a page whose requests for this wait. Return what lets them go."""
    waiting: list[Route] = []
    released: list[bool] = []
    page.route(what, lambda route: route.continue_() if released else waiting.append(route))
    page.goto(path, wait_until="commit")
    expect(page.locator(".skeleton")).to_be_visible()

    def release() -> None:
        released.append(True)
        for route in waiting:
            route.continue_()

    return release


def test_the_sign_in_form_comes_where_its_skeleton_stood(page: Page) -> None:
    release = held(page, "/dashboard/login", "**/*.js")
    stood = page.locator(".skeleton i").bounding_box()
    size = page.viewport_size
    assert size
    page.screenshot(path=SCREENSHOTS / f"login-skeleton-{size['width']}.png")
    release()
    form = page.locator("owlpost-login form")
    expect(form).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    came = form.bounding_box()
    assert stood
    assert came
    assert abs(stood["y"] - came["y"]) <= 1
    assert abs(stood["height"] - came["height"]) <= 24, (stood, came)
    page.screenshot(path=SCREENSHOTS / f"login-form-{size['width']}.png")


def test_an_invitation_has_its_skeleton_until_the_server_has_answered(world: World, person: Person, page: Page) -> None:
    as_person(page, person, world)
    release = held(page, "/invite/accept?token=nothing", "**/v1/invites/**")
    release()
    expect(page.get_by_role("alert")).to_have_text("There is no such invitation.")
    expect(page.locator(".skeleton")).to_have_count(0)
