"""Searches in inboxes of 100,000 and of 100, by API handler: the first answer, and all answers until nothing is left."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api.main import handler
from owlpost.services.schedules.texts import Texts
from tests.bench.figures import Findings, Ratio, Times, take_turns, timed
from tests.bench.inbox_rows import Inbox
from tests.bench.server import Bench
from tests.support.api import ApiClient

REACH = 1.5
#: Two answers in place of one.
REACH_TO_THE_END = 3.0
#: In every row; in the oldest row of each of the two inboxes; in none.
WORDS = {"in all rows": "happened", "in one": "zyzzyva", "in none": "qqqxyz"}
#: Rounds of a search to its end.
TO_THE_END = 30


class Unfound(Exception):
    """A search did not find what was planted, so its times say nothing."""


def plant(bench: Bench, inboxes: Sequence[Inbox]) -> None:
    """Give the oldest row of each a word that no other has, and enter the texts of the large one as cleanup does."""
    for inbox in inboxes:
        bench.run(f"""
            update notifications set title = title || ' Zyzzyva'
            where id = (select id from notifications where user_id = '{inbox.person.id}' order by created_at, id limit 1)
        """)
    Texts(bench.database).enter()
    bench.settle()


def compare_searches(large: ApiClient, small: ApiClient, findings: Findings, rounds: int) -> None:
    for where, word in WORDS.items():
        taken = take_turns(
            {
                f"search for a word {where}, 100,000, first answer": timed(_first(large, word)),
                f"search for a word {where}, 100, first answer": timed(_first(small, word)),
            },
            rounds=rounds,
        )
        _note(findings, taken, f"search for a word {where}, first answer: 100,000 / 100", REACH)
    _check(large)
    taken = take_turns(
        {
            "search for a word in none, 100,000, to the end": timed(lambda: _all(large, WORDS["in none"])),
            "search for a word in none, 100, to the end": timed(lambda: _all(small, WORDS["in none"])),
        },
        rounds=TO_THE_END,
    )
    _note(findings, taken, "search for a word in none, to the end: 100,000 / 100", REACH_TO_THE_END)


def _note(findings: Findings, taken: dict[str, Times], name: str, reach: float) -> None:
    findings.times.extend(taken.values())
    of_large, of_small = (times.p50 for times in taken.values())
    findings.ratios.append(Ratio(name, of_large / of_small, reach))


def _first(api: ApiClient, word: str) -> Callable[[], object]:
    return lambda: _page(api, word, "")


def _all(api: ApiClient, word: str) -> list[str]:
    """Return the titles of all rows that have the word, page after page as the inbox asks for them."""
    titles: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = _page(api, word, cursor)
        titles += [each["title"] for each in page["notifications"]]
        cursor = page["cursor"]
    return titles


def _check(api: ApiClient) -> None:
    if len(_all(api, WORDS["in one"])) != 1:
        raise Unfound(WORDS["in one"])


def _page(api: ApiClient, word: str, cursor: str) -> dict[str, Any]:
    answer = handler(api.event("GET", "/v1/notifications", None, {"q": word, "cursor": cursor}), LambdaContext())
    page: dict[str, Any] = json.loads(answer["body"])
    if answer["statusCode"] != 200:
        raise Unfound(page)
    return page
