"""A change shows at once; when saving fails it undoes itself and says so."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SCREENSHOTS, SEEN
from tests.support.browser.inbox_page import InboxPage
from tests.support.browser.world import Person, World

FAULT = "Something went wrong on our side. Please try again."


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


def _fail(page: Page, method: str, path: str) -> Callable[[], None]:
    """Hold all such requests. Once the answer is called for, each fails: also one that the page shows before it is out."""
    held: list[Route] = []
    answered: list[bool] = []

    def fail(route: Route) -> None:
        route.fulfill(status=500, json={"error": FAULT})

    def hold(route: Route) -> None:
        if route.request.method != method:
            route.continue_()
        elif answered:
            fail(route)
        else:
            held.append(route)

    def answer() -> None:
        answered.append(True)
        for route in held:
            fail(route)

    page.route(path, hold)
    return answer


@pytest.fixture
def inbox(world: World, person: Person, page: Page) -> InboxPage:
    world.tell(person, "Older")
    world.tell(person, "Newer")
    return InboxPage(page).open()


@pytest.mark.parametrize(
    ("method", "path", "press", "left"),
    [
        ("PATCH", "**/v1/notifications/*", lambda inbox: inbox.mark_as_read("Newer"), 1),
        ("POST", "**/v1/notifications/acts", lambda inbox: inbox.button("Done", "Newer").click(), 1),
        ("POST", "**/v1/notifications/acts", lambda inbox: inbox.pick("Newer", "Delete"), 1),
        ("POST", "**/v1/notifications/mark-all-read", lambda inbox: inbox.mark_all.click(), 0),
    ],
    ids=["mark-read", "done", "delete", "mark-all"],
)
def test_a_change_that_cannot_be_saved_undoes_itself(
    inbox: InboxPage, method: str, path: str, press: Callable[[InboxPage], None], left: int
) -> None:
    answer = _fail(inbox.page, method, path)
    press(inbox)
    expect(inbox.rows).to_have_count(left)
    answer()
    expect(inbox.rows).to_have_count(2)
    expect(inbox.rows.first).to_contain_text("Newer")
    expect(inbox.failure).to_contain_text(FAULT)
    expect(inbox.badge).to_have_text("2")
    expect(inbox.undo).to_have_attribute("aria-disabled", "true")
    inbox.page.screenshot(path=SCREENSHOTS / f"undone-{method.lower()}.png")


def test_a_switch_that_cannot_be_saved_goes_back(page: Page) -> None:
    page.goto("/dashboard/profile/notifications")
    toggle = page.get_by_role("switch", name="New feedback: Email")
    expect(toggle).to_be_checked()
    answer = _fail(page, "PATCH", "**/v1/auth/me")
    toggle.click()
    expect(toggle).not_to_be_checked()
    answer()
    expect(toggle).to_be_checked()
    expect(page.get_by_role("alert").filter(has_text=FAULT)).to_be_visible()


def test_a_list_that_cannot_be_loaded_can_be_asked_for_again(world: World, person: Person, page: Page) -> None:
    world.tell(person, "There after all")
    page.route("**/v1/notifications?*", lambda route: route.abort(), times=1)
    inbox = InboxPage(page).open()
    expect(page.get_by_role("alert").filter(has_text="could not be reached")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(inbox.row("There after all")).to_be_visible()


def test_a_database_that_is_waking_up_is_waited_for(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Worth the wait")
    page.route(
        "**/v1/notifications?*",
        lambda route: route.fulfill(status=503, headers={"retry-after": "1"}, json={"error": "Waking up."}),
        times=1,
    )
    expect(InboxPage(page).open().row("Worth the wait")).to_be_visible()
