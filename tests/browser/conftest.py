"""One laptop and one Chromium for all tests; each test has a person and a browser window of its own."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from infra.local.laptop.given import Given
from infra.local.laptop.laptop import Laptop
from infra.local.laptop.seed import seed
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from tests.support.browser.chromium import FLAGS, NoChromium, find
from tests.support.browser.world import Person, World
from tests.support.optional_channels import switched_on

SCREENSHOTS = Path(__file__).parent / "screenshots"
ADA = Person(UUID("01940000-0000-7000-8000-000000000001"), "ada@owlpost.example")
READERS = count(1)

expect.set_options(timeout=8_000)


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    given = Given({"CHANNELS": ",".join(OPTIONAL_CHANNELS)})
    with switched_on(*OPTIONAL_CHANNELS), Laptop(tmp_path_factory.mktemp("laptop"), given=given) as laptop:
        database = laptop.database()
        seed(database)
        database.close()
        yield World(laptop)


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


@pytest.fixture
def person(world: World, stranger: Person) -> Person:
    return world.signed_in(stranger)


@pytest.fixture
def context(browser: Browser, world: World) -> Iterator[BrowserContext]:
    with browser.new_context(
        base_url=world.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    ) as context:
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
