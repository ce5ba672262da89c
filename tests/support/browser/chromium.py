"""Finds a Chromium for the tests: a named one, an installed one, or one that it installs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL_SECONDS = 300
#: Headless, also inside a container, and without network calls of its own.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WHAT_TO_DO = """The browser tests need a Chromium, found none and could not install one. Do one of these and run them again:
  - install your system's package, for example `apt-get install chromium`;
  - let Playwright download its own: `.venv/bin/playwright install chromium`;
  - name one that you have: `CHROMIUM=/path/to/chrome make browser`."""


class NoChromium(Exception):
    """There is no Chromium, and none could be installed. The message says what to do."""


def find(playwrights_own: str) -> str:
    """Return the path of a Chromium. `playwrights_own` is Playwright's download folder. Raises NoChromium."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not shutil.which(named):
            raise NoChromium(f"CHROMIUM names {named}, which cannot be run.")
        return named
    found = _there(playwrights_own) or _installed(playwrights_own)
    if found is None:
        raise NoChromium(WHAT_TO_DO)
    return found


def _there(playwrights_own: str) -> str | None:
    if Path(playwrights_own).exists():
        return playwrights_own
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _installed(playwrights_own: str) -> str | None:
    """Install it by Playwright, or by the system's packages if that is allowed."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        ways += [["apt-get", "update"], ["apt-get", "install", "--yes", "chromium"]]
    for way in ways:
        try:
            subprocess.run(way, check=False, timeout=INSTALL_SECONDS, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            continue
        if found := _there(playwrights_own):
            return found
    return None
