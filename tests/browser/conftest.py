"""One laptop and one Chromium for all tests; each test has a person and a browser window of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from infra.local.laptop.given import LINES, Given
from infra.local.laptop.laptop import Laptop
from infra.local.laptop.seed import seed
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from tests.support.browser.chromium import FLAGS, NoChromium, find
from tests.support.browser.world import PATIENCE, Person, World
from tests.support.optional_channels import switched_on

SCREENSHOTS = Path(__file__).parent / "screenshots"
ADA = Person(UUID("01940000-0000-7000-8000-000000000001"), "ada@owlpost.example")
READERS = count(1)
#: What a page asks the API for at once, in so many sandboxes.
AT_ONCE = 5

#: How people see a page: on a desk by day, on a phone by night, and with colours of their own.
SEEN: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True, "is_mobile": True},
    "forced": {"viewport": {"width": 1280, "height": 800}, "forced_colors": "active"},
}

#: Milliseconds. A change may take some functions that start cold on a busy machine; the next poll is half a minute away.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Its pages hold no lines, as of most installations: what is told of lines has a laptop of its own."""
    given = Given({"CHANNELS": ",".join(OPTIONAL_CHANNELS), LINES: "off"})
    with switched_on(*OPTIONAL_CHANNELS), Laptop(tmp_path_factory.mktemp("laptop"), given=given) as laptop:
        database = laptop.database()
        seed(database)
        database.close()
        start_functions(laptop)
        yield World(laptop)


def start_functions(laptop: Laptop) -> None:
    """Have the API run as often as a page asks it at once: each first start takes seconds on a busy machine."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for answer in pool.map(lambda _: httpx.get(f"{laptop.url}/v1/health", timeout=PATIENCE), range(AT_ONCE)):
            answer.raise_for_status()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            path = find(playwright.chromium.executable_path)
        except NoChromium as error:
            pytest.fail(str(error), pytrace=False)
        # as people's browsers have it, and Playwright has not
        back = ["--disable-back-forward-cache"]
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), ignore_default_args=back)
        yield browser
        browser.close()


@pytest.fixture
def stranger() -> Person:
    """Somebody with an empty inbox who is not signed in: one of the two thousand readers of the seed."""
    number = next(READERS)
    return Person(UUID(f"01940000-0000-7000-8001-{number:012x}"), f"reader{number}@community.example")


@pytest.fixture(scope="package")
def ada(world: World) -> Person:
    """Ada, who owns a team, signed in once: nobody is sent many codes in an hour."""
    return world.signed_in(ADA)


@pytest.fixture
def person(world: World, stranger: Person) -> Person:
    return world.signed_in(stranger)


@pytest.fixture
def seen() -> dict[str, Any]:
    """As in most modules. One whose tests are to hold however a page is seen has a fixture of this name for each of `SEEN`."""
    return SEEN["desk"]


@pytest.fixture
def context(browser: Browser, world: World, seen: dict[str, Any]) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=world.url, reduced_motion="reduce", **seen) as context:
        yield context


@pytest.fixture
def visitor(context: BrowserContext) -> Iterator[Page]:
    """A window of nobody yet. A fault in a script, or anything the Content-Security-Policy blocks, fails the test."""
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: _note_fault(faults, error))
    page.on("console", lambda message: _note_blocked(faults, message))
    yield page
    assert faults == []


@pytest.fixture
def page(visitor: Page, person: Person, world: World) -> Page:
    """The window of a person who is signed in."""
    return as_person(visitor, person, world)


def as_person(page: Page, person: Person, world: World) -> Page:
    page.context.add_cookies([{"name": "token", "value": person.token, "url": world.url, "httpOnly": True}])
    return page


def _note_fault(faults: list[str], error: Error) -> None:
    faults.append(error.message)


def _note_blocked(faults: list[str], message: ConsoleMessage) -> None:
    if "Content Security Policy" in message.text:
        faults.append(message.text)
