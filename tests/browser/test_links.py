"""The pages decide about links as Python does, and by the URL that Chromium makes of them."""

import random
from typing import Any

from playwright.sync_api import Page

from functions.dashboard.assets import assets
from owlpost.domain.links import is_followable, is_own_path
from tests.support.browser.world import World
from tests.support.link_cases import CASES

DECIDE = """async ([module, links]) => {
  const { ownUrl, followable } = await import(module);
  return links.map((link) => {
    const followed = followable(link);
    return { own: ownUrl(link)?.href ?? null, followed, becomes: followed && new URL(followed, location.origin).href };
  });
}"""
#: Of these, links are made that browsers and Python's parser could read differently.
PIECES = [
    "/",
    "//",
    ".",
    "..",
    "%2e",
    "%2F",
    "%5c",
    "\\",
    ":",
    "?",
    "#",
    "@",
    "a",
    "b.example",
    "[",
    "]",
    "%",
    " ",
    "\t",
    "\u202e",
]
MADE = 4_000


def decisions(page: Page, world: World, links: list[str]) -> list[dict[str, Any]]:
    page.goto("/dashboard/login")
    found: list[dict[str, Any]] = page.evaluate(DECIDE, [world.url + assets().url("links.js"), links])
    return found


def test_a_page_decides_by_the_same_table_as_requests_mails_and_pushes(world: World, visitor: Page) -> None:
    found = decisions(visitor, world, [case.link for case in CASES])
    for case, decision in zip(CASES, found, strict=True):
        becomes = world.url + case.becomes if case.own and case.becomes else case.becomes
        expected = {"own": becomes if case.own else None, "followed": case.link if case.followed else None}
        assert decision == {**expected, "becomes": becomes}, case


def test_whatever_the_link_a_page_and_python_agree_which_is_ours(world: World, visitor: Page) -> None:
    made = random.Random(7)  # noqa: S311 (the same links in each run)
    links = [
        made.choice(["/", "/", "https://"]) + "".join(made.choices(PIECES, k=made.randint(1, 6))) for _ in range(MADE)
    ]
    found = decisions(visitor, world, links)
    own = [link for link, decision in zip(links, found, strict=True) if decision["own"]]
    assert 100 < len(own) < MADE - 100
    assert own == [link for link in links if is_own_path(link)]
    for link, decision in zip(links, found, strict=True):
        assert is_followable(link) or not decision["followed"], link
        assert not decision["own"] or decision["own"].startswith(f"{world.url}/"), link
        assert not decision["own"] or not decision["own"].startswith(f"{world.url}//"), link
