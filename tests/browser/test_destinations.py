"""A person connects a webhook, tests it, is told there, switches it off and removes it, by mouse and by keyboard."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from standardwebhooks.webhooks import Webhook

from tests.browser.conftest import SCREENSHOTS, SEEN, as_person
from tests.support.browser.world import DEADLINE, Person, World

PATH = "/dashboard/profile/destinations"
WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}
#: A worker starts cold, and its queue waits a second to fill a batch.
ON_ITS_WAY = 60_000


@pytest.fixture(params=SEEN)
def seen(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SEEN[request.param]


def cards(page: Page) -> Locator:
    return page.get_by_role("list", name="Destinations").get_by_role("listitem")


def url_of(world: World, path: str) -> str:
    return world.laptop.providers.urls["webhook"] + path


def connect(page: Page, url: str, name: str = "") -> str:
    """Connect a URL by the form. Return the secret that is shown."""
    folded = page.locator("details", has=page.get_by_text("Connect Webhook", exact=True))
    if not folded.locator("form").is_visible():
        page.get_by_text("Connect Webhook", exact=True).click()
    form = folded.locator("form")
    form.get_by_label("URL").fill(url)
    form.get_by_label("Name, if you like").fill(name)
    form.get_by_role("button", name="Connect").click()
    shown = page.get_by_label("The secret that signs")
    expect(shown).to_be_focused()
    return shown.input_value()


def eventually(found: Callable[[], object]) -> object:
    deadline = time.monotonic() + DEADLINE
    while not (result := found()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return result


def test_a_webhook_is_connected_tested_told_switched_off_and_removed(world: World, page: Page, person: Person) -> None:
    path = f"/hook/{person.id}"
    page.goto("/dashboard/notifications")
    page.get_by_role("button", name="Account").click()
    page.locator(".menu").get_by_role("link", name="Where you are reached").click()
    page.wait_for_url(f"**{PATH}")
    secret = connect(page, url_of(world, path), "Build room")
    assert Webhook(secret).sign("msg_1", datetime.now(UTC), "{}").startswith("v1,")
    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("Not verified yet")
    page.get_by_role("button", name="Test Build room").click()
    expect(page.locator("owlpost-destinations").get_by_role("status")).to_have_text(
        "The test has reached Build room.", timeout=ON_ITS_WAY
    )
    expect(cards(page)).to_contain_text("On")
    world.tell(person, "New feedback", kind="feedback.new")
    told = eventually(lambda: [each for each in world.posts_to(path) if each["title"] == "New feedback"])
    assert told
    page.get_by_role("button", name="Switch Build room off").click()
    expect(cards(page)).to_contain_text("Switched off")
    page.reload()
    expect(cards(page)).to_contain_text("Switched off")
    expect(page.locator(".secret")).to_be_hidden()
    expect(page.get_by_text("Connect Webhook", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove Build room").click()
    expect(page.locator("owlpost-destinations").get_by_role("status")).to_have_text("Build room is removed.")
    expect(cards(page)).to_have_count(0)
    expect(page.get_by_text("Connect Webhook", exact=True)).to_be_focused()


def test_what_cannot_be_connected_is_said_and_what_was_typed_stays(page: Page) -> None:
    page.goto(PATH)
    page.get_by_text("Connect Webhook", exact=True).click()
    page.get_by_label("URL").fill("https://169.254.169.254/latest/meta-data")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("must name a host of the internet")
    expect(page.get_by_label("URL")).to_have_value("https://169.254.169.254/latest/meta-data")
    expect(cards(page)).to_have_count(0)


def test_a_test_that_is_not_answered_with_the_challenge_says_so(world: World, page: Page, person: Person) -> None:
    path = f"/silent/{person.id}"
    world.laptop_fault({"provider": "webhook", "fault": "answer", "answer": "no_content", "match": path})
    page.goto(PATH)
    connect(page, url_of(world, path), "Silent room")
    test = page.get_by_role("button", name="Test Silent room")
    test.focus()
    page.keyboard.press("Enter")
    said = "The test did not reach Silent room: the answer did not hold the challenge."
    expect(page.get_by_role("alert")).to_have_text(said, timeout=ON_ITS_WAY)
    expect(cards(page)).to_contain_text("Not verified yet")
    expect(test).to_be_focused()


def test_a_new_secret_is_shown_once(world: World, page: Page, person: Person) -> None:
    page.goto(PATH)
    first = connect(page, url_of(world, f"/rotated/{person.id}"), "Build room")
    page.get_by_role("button", name="New secret for Build room").click()
    expect(page.get_by_label("The secret that signs")).not_to_have_value(first)
    page.reload()
    expect(cards(page)).to_have_count(1)
    expect(page.locator(".secret")).to_be_hidden()


def test_the_preferences_have_a_switch_for_it_once_it_is_connected(world: World, page: Page, person: Person) -> None:
    page.goto("/dashboard/profile/notifications")
    page.get_by_role("link", name="Connect Webhook").click()
    page.wait_for_url(f"**{PATH}")
    connect(page, url_of(world, f"/preferred/{person.id}"), "Build room")
    page.goto("/dashboard/profile/notifications")
    expect(page.get_by_role("switch", name="Webhook").first).to_be_visible()


@pytest.mark.parametrize("screen", WIDTHS)
def test_the_page_fits_the_screen(world: World, visitor: Page, person: Person, screen: str) -> None:
    width, height = WIDTHS[screen]
    visitor.set_viewport_size({"width": width, "height": height})
    page = as_person(visitor, person, world)
    page.goto(PATH)
    for number, name in enumerate(("Build room", "https-hooks-of-a-very-long-name-" * 3)):
        connect(page, url_of(world, f"/fits/{person.id}/{number}"), name)
    expect(cards(page)).to_have_count(2)
    page.get_by_role("button", name="Test Build room").click()
    expect(page.locator("owlpost-destinations").get_by_role("status")).to_have_text(
        "The test has reached Build room.", timeout=ON_ITS_WAY
    )
    page.screenshot(path=SCREENSHOTS / f"destinations-{screen}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto("/dashboard/profile/notifications")
    page.get_by_role("switch", name="Webhook").first.wait_for()
    page.screenshot(path=SCREENSHOTS / f"preferences-webhook-{screen}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.fixture
def phone(world: World, person: Person) -> str:
    token = uuid4().hex * 2
    device = {"channel": "mobile_push", "platform": "ios", "token": token, "device_model": "Ada's iPhone"}
    with world.api(person) as client:
        for each in client.get("/v1/devices").json()["devices"]:
            client.delete(f"/v1/devices/{each['id']}").raise_for_status()
        client.post("/v1/devices", json=device).raise_for_status()
        paused = {"notifications": {"paused_until": "2099-01-01T00:00:00Z"}}
        client.patch("/v1/auth/me", json={"preferences": paused}).raise_for_status()
    return token


def test_a_test_reaches_the_phones_though_everything_else_is_paused(
    world: World, phone: str, page: Page, person: Person
) -> None:
    page.goto("/dashboard/profile/destinations")
    phones = page.get_by_role("region", name="Phones")
    expect(phones.get_by_role("heading", name="Ada's iPhone")).to_be_visible()
    phones.get_by_role("button", name="Send a test to all phones").press("Enter")
    said = page.locator("owlpost-destinations").get_by_role("status")
    expect(said).to_have_text("The test has reached your phones.", timeout=60_000)
    with world.api(person) as client:
        assert client.get("/v1/devices").json()["last_test"]["status"] == "sent"
        assert client.get("/v1/notifications").json()["notifications"] == []
    page.screenshot(path=SCREENSHOTS / "phones-desktop.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=SCREENSHOTS / "phones-phone.png", full_page=True)
    phones.get_by_role("button", name="Forget Ada's iPhone").click()
    expect(phones.get_by_text("None yet")).to_be_visible()


def test_a_test_that_reaches_no_phone_says_why(world: World, phone: str, page: Page) -> None:
    world.laptop_fault({"provider": "apns", "fault": "dead_token", "match": phone})
    page.goto("/dashboard/profile/destinations")
    page.get_by_role("button", name="Send a test to all phones").click()
    told = page.locator("owlpost-destinations").get_by_role("alert").filter(has_text="did not reach")
    expect(told).to_contain_text("their app is gone from them, or signed out", timeout=60_000)
