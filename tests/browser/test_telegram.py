"""A person connects Telegram by the link on the page, is told there, and an operator has the bot's updates sent here."""

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.test_destinations import PATH, WIDTHS, cards, eventually
from tests.support.browser.world import PATIENCE, Person, World

ANNOUNCE = {"announce": "events"}


def announced(world: World) -> list[dict[str, Any]]:
    """What `owlpost connect telegram` prints."""
    found: list[dict[str, Any]] = world.laptop.engine.invoke("owlpost-deliver-telegram", ANNOUNCE)["findings"]
    return found


def writes(world: World, chat: int, text: str) -> dict[str, Any]:
    """Have somebody write to the bot. Return how we answered Telegram."""
    url = f"{world.laptop.providers.urls['telegram']}/people"
    answer: dict[str, Any] = httpx.post(
        url, json={"chat_id": chat, "name": "Ada", "text": text}, timeout=PATIENCE
    ).json()
    return answer


def told(world: World, chat: int) -> list[dict[str, Any]]:
    """What the chat was told, the newest first."""
    found = httpx.get(f"{world.laptop.providers.mailbox}/messages.json", params={"limit": 50}, timeout=PATIENCE).json()[
        "messages"
    ]
    return [each for each in found if each["channel"] == "telegram" and each["to"] == str(chat)]


@pytest.mark.takes_long("workers start cold")
@pytest.mark.parametrize("screen", WIDTHS)
def test_a_person_follows_the_link_and_is_told_in_that_chat(
    world: World, page: Page, person: Person, screen: str
) -> None:
    width, height = WIDTHS[screen]
    page.set_viewport_size({"width": width, "height": height})
    chat = 10_000 + width
    assert [each["level"] for each in announced(world)] == ["good"]
    page.goto(PATH)
    page.get_by_text("Connect Telegram", exact=True).click()
    page.locator("details.connect").filter(has_text="Connect Telegram").get_by_role("button", name="Connect").click()
    link = page.get_by_role("link", name="Open t.me")
    expect(link).to_be_focused()
    expect(cards(page)).to_contain_text("Not connected yet: press Connect and follow the link")
    expect(cards(page).get_by_role("button", name="Test")).to_have_count(0)
    page.screenshot(path=SCREENSHOTS / f"telegram-link-{screen}.png", full_page=True)
    site, _, token = str(link.get_attribute("href")).rpartition("=")
    assert site == "https://t.me/owlpost_laptop_bot?start"
    assert writes(world, chat, f"/start {token}")["status"] == 200
    assert told(world, chat)[0]["title"].startswith("Connected.")
    page.reload()
    expect(cards(page)).to_contain_text("Ada")
    expect(cards(page)).to_contain_text("On")
    world.tell(person, "New feedback", body="Ada: love it", kind="feedback.new")
    assert eventually(lambda: [each for each in told(world, chat) if each["title"] == "New feedback"])
    page.screenshot(path=SCREENSHOTS / f"telegram-connected-{screen}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert "is over" in writes(world, chat + 1, f"/start {token}")["answer"]["text"]
