"""`make owl` draws the owl's pictures anew from its SVG. Look at them before you commit."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from functions.dashboard.mark import PICTURE, TOUCH, mark_of
from owlpost.domain.brand import OWL
from tests.support.browser.chromium import FLAGS, find

#: Eight times what a mail shows: sharp on any screen, and as large as a notification of Android shows it.
OWL_SIZE = 192
#: What iPhones with the sharpest screens ask for. iOS rounds its corners, and paints what is not painted black.
TOUCH_SIZE, PAPER = 180, "background:#fff;padding:30px"


def draw(browser: Browser, size: int, style: str) -> bytes:
    """Return the owl as a PNG of this width and height in pixels."""
    page = browser.new_page(viewport={"width": size, "height": size})
    page.set_content(f"<style>body{{margin:0;{style}}} svg{{display:block}}</style>{mark_of(OWL)}")
    drawn = page.screenshot(omit_background=True)
    page.close()
    return drawn


def drawings(browser: Browser) -> dict[Path, bytes]:
    """Return each picture as it is drawn from the SVG as it is now."""
    return {PICTURE: draw(browser, OWL_SIZE, ""), TOUCH: draw(browser, TOUCH_SIZE, PAPER)}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = find(playwright.chromium.executable_path)
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def main() -> None:
    with chromium() as browser:
        for file, drawn in drawings(browser).items():
            file.write_bytes(drawn)
            sys.stdout.write(f"{file.name}: {len(drawn):,} bytes\n")


if __name__ == "__main__":
    main()
