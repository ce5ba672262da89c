"""Jobs of the product as files play them: what happened, read from `examples/facts/`, put into words by the producers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from owlpost.domain.requests import EnqueueRequest
from owlpost.producers import feedback, issue_scan, job_run, questionnaire, ratings_sync, reviews_sync
from owlpost.producers.facts import Fact

EXAMPLES = Path(__file__).parents[3] / "examples"
FACTS = EXAMPLES / "facts"

Happened = TypeVar("Happened", bound=Fact)


@dataclass(frozen=True, slots=True)
class Trigger(Generic[Happened]):
    """What a job knows when it ends, and the producer that it tells."""

    happened: type[Happened]
    announce: Callable[[Happened], list[EnqueueRequest] | EnqueueRequest | None]

    def requests(self, content: str) -> list[EnqueueRequest]:
        """What the producer makes of a file's content; nothing where it is silent. Raises pydantic's ValidationError."""
        told = self.announce(self.happened.model_validate_json(content))
        return told if isinstance(told, list) else [told] if told else []


#: By the names of the files.
TRIGGERS: dict[str, Trigger[Any]] = {
    "issue_scan": Trigger(issue_scan.IssueScanFinished, issue_scan.announce),
    "ratings_sync": Trigger(ratings_sync.RatingsSynced, ratings_sync.announce),
    "reviews_sync": Trigger(reviews_sync.ReviewsSynced, reviews_sync.announce),
    "feedback": Trigger(feedback.FeedbackSubmitted, feedback.announce),
    "questionnaire": Trigger(questionnaire.ResponseSaved, questionnaire.announce),
    "job_run": Trigger(job_run.JobFinished, job_run.announce),
}


def announced() -> Iterator[tuple[str, EnqueueRequest]]:
    """Everything that happened in the examples: the file's name, and each request that its producer makes of it."""
    for name, trigger in TRIGGERS.items():
        for request in trigger.requests((FACTS / f"{name}.json").read_text(encoding="utf-8")):
            yield name, request
