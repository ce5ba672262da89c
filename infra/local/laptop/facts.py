"""The facts of `examples/facts/`, put into words by the producers, as the product's jobs would."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from owlpost.domain.requests import EnqueueRequest
from owlpost.producers import feedback, issue_scan, job_run, questionnaire, ratings_sync, reviews_sync
from owlpost.producers.facts import Fact

EXAMPLES = Path(__file__).parents[3] / "examples"
FACTS = EXAMPLES / "facts"

AnyFact = TypeVar("AnyFact", bound=Fact)


@dataclass(frozen=True, slots=True)
class Trigger(Generic[AnyFact]):
    """The kind of fact that a job knows when it ends, and the producer that puts it into words."""

    fact: type[AnyFact]
    announce: Callable[[AnyFact], list[EnqueueRequest] | EnqueueRequest | None]

    def requests(self, content: str) -> list[EnqueueRequest]:
        """Return the producer's requests for a file's content, which may be none. Raises pydantic's ValidationError."""
        announced = self.announce(self.fact.model_validate_json(content))
        return announced if isinstance(announced, list) else [announced] if announced else []


#: Keyed by the names of the files.
TRIGGERS: dict[str, Trigger[Any]] = {
    "issue_scan": Trigger(issue_scan.IssueScanFinished, issue_scan.announce),
    "ratings_sync": Trigger(ratings_sync.RatingsSynced, ratings_sync.announce),
    "reviews_sync": Trigger(reviews_sync.ReviewsSynced, reviews_sync.announce),
    "feedback": Trigger(feedback.FeedbackSubmitted, feedback.announce),
    "questionnaire": Trigger(questionnaire.ResponseSaved, questionnaire.announce),
    "job_run": Trigger(job_run.JobFinished, job_run.announce),
}


def announced() -> Iterator[tuple[str, EnqueueRequest]]:
    """Yield each example's file name and each request that its producer makes of it."""
    for name, trigger in TRIGGERS.items():
        for request in trigger.requests((FACTS / f"{name}.json").read_text(encoding="utf-8")):
            yield name, request
