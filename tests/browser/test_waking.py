"""A sleeping database takes some seconds to answer: the page says so, instead of seeming to hang."""

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SCREENSHOTS
from tests.support.browser.world import Person, World

WAKING = "The service is waking up. This takes some seconds."


def test_while_the_database_wakes_up_a_sentence_says_so_and_then_the_list_is_there(
    world: World, person: Person, page: Page
) -> None:
    world.tell(person, "Good morning")
    asleep = [503, 503]

    def answer(route: Route) -> None:
        if asleep:
            route.fulfill(status=asleep.pop(), headers={"retry-after": "1"}, json={"error": "The service is starting."})
        else:
            route.continue_()

    page.route("**/v1/notifications?*", answer)
    page.goto("/dashboard/notifications", wait_until="commit")
    expect(page.get_by_role("status").get_by_text(WAKING)).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "waking.png")
    expect(page.get_by_text("Good morning")).to_be_visible()
    expect(page.get_by_text(WAKING)).to_have_count(0)


def test_a_database_that_answers_at_once_is_not_spoken_of(world: World, person: Person, page: Page) -> None:
    world.tell(person, "Good morning")
    page.add_init_script("addEventListener('owlpost-waking', () => { window.spoken = true }, true)")
    page.goto("/dashboard/notifications")
    expect(page.get_by_text("Good morning")).to_be_visible()
    assert page.evaluate("window.spoken") is None
