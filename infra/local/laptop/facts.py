"""The facts of `examples/facts/`, put into words by the producers, as the product's jobs would."""

import json
from collections.abc import Iterator
from pathlib import Path

from owlpost.domain.requests import EnqueueRequest
from owlpost.producers.happenings import Happened, announce

EXAMPLES = Path(__file__).parents[3] / "examples"
FACTS = EXAMPLES / "facts"
#: The order in which the demo tells them.
NAMES = ("issue_scan", "ratings_sync", "reviews_sync", "feedback", "questionnaire", "job_run")


def announced() -> Iterator[tuple[str, EnqueueRequest]]:
    """Yield each example's file name and each request that its producer makes of it."""
    for name in NAMES:
        happened = Happened.from_json(json.loads((FACTS / f"{name}.json").read_text(encoding="utf-8")))
        for request in announce(happened).requests:
            yield name, request
