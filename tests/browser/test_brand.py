"""The owl, or what stands for a host, where people see it: drawn once, and shown in pages, mails and the mailbox alike."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from infra.local.providers.server import Options, Providers
from owlpost.domain.brand import OWL_PICTURE, Brand
from tests.browser.conftest import SCREENSHOTS
from tests.snapshots.owl import drawings
from tests.support.browser.world import PATIENCE, Person, World

#: Browsers of several versions smooth an edge in several ways.
ALIKE = 0.02
HOST = Brand("Falcon & Co", "#0b5e2a")
DIFFERENCE = """async (pictures) => {
  const drawn = await Promise.all(pictures.map(async (picture) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.getContext("2d").getImageData(0, 0, image.width, image.height);
  }));
  const [one, other] = drawn;
  if (one.width !== other.width || one.height !== other.height) return 1;
  return one.data.reduce((sum, part, at) => sum + Math.abs(part - other.data[at]), 0) / one.data.length / 255;
}"""


def difference(page: Page, one: bytes, other: bytes) -> float:
    """Return by how much two PNGs differ: 0 if they are the same, 1 for black and white or another size."""
    found: float = page.evaluate(DIFFERENCE, [base64.b64encode(each).decode() for each in (one, other)])
    return found


def is_drawn(page: Page, selector: str) -> bool:
    """Whether a picture is there, and not only its address."""
    found: bool = page.locator(selector).first.evaluate(
        "async (it) => { await it.decode(); return it.naturalWidth > 0 }"
    )
    return found


@pytest.fixture
def blank(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_the_pictures_are_what_is_drawn_from_the_svg(browser: Browser, blank: Page) -> None:
    for file, drawn in drawings(browser).items():
        assert difference(blank, file.read_bytes(), drawn) < ALIKE, f"{file.name}: run `make owl`"
    [owl, touch] = drawings(browser).values()
    assert difference(blank, owl, touch) == 1


def test_a_mail_shows_the_owl_that_the_page_shows(world: World, person: Person, page: Page) -> None:
    """The person has the mail with the code by which they signed in."""
    page.goto(f"{world.laptop.providers.mailbox}/?to={person.email}")
    assert is_drawn(page, "#mark")
    mail = page.frame_locator(".reader iframe")
    owl = mail.locator(f'img[src="{world.url}{OWL_PICTURE}"]')
    expect(owl).to_be_visible()
    assert owl.evaluate("async (it) => { await it.decode(); return it.naturalWidth }") == 192
    page.screenshot(path=SCREENSHOTS / "mailbox-owl.png")


def test_the_owl_of_mails_is_given_to_anybody_for_long_and_to_pages_of_other_origins(world: World) -> None:
    answer = httpx.get(f"{world.url}{OWL_PICTURE}", timeout=PATIENCE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["cache-control"] == "public, max-age=604800"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert (
        httpx.get(f"{world.url}/assets/touch.png", timeout=PATIENCE).headers["cross-origin-resource-policy"]
        == "same-origin"
    )


def test_a_hosts_mailbox_is_the_hosts(tmp_path: Path, blank: Page) -> None:
    with Providers(tmp_path, Options(brand=HOST)) as providers:
        blank.goto(providers.urls["mailbox"])
        expect(blank.get_by_role("heading", level=1)).to_have_text("Falcon & Co mailbox")
        assert is_drawn(blank, "#mark")
        current = blank.locator("nav a[aria-current]")
        expect(current).to_have_css("color", "rgb(11, 94, 42)")
        blank.screenshot(path=SCREENSHOTS / "mailbox-host.png")
        blank.goto(f"{providers.urls['mailbox']}/preview")
        expect(blank).to_have_title("Falcon & Co preview")
        blank.screenshot(path=SCREENSHOTS / "preview-host.png")
