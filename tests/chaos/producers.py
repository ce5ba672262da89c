"""Producers as they should be: each request is made again, under its idempotency key, until it was accepted."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from uuid import UUID

from owlpost.client import LambdaTransport, NotificationClient, SqsTransport, Unavailable
from tests.chaos.crowd import Errand
from tests.chaos.system import System

PRODUCERS = 4
PAUSE = 0.2


@dataclass
class Producers:
    """`first_answers` are the request ids by key, as Lambda's callers were told them; `patience` is in seconds."""

    system: System
    patience: float
    noted: list[str] = field(default_factory=list)
    first_answers: dict[str, UUID | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        urls = self.system.engine.urls
        by_lambda = self.system.client("lambda", endpoint=urls["lambda"])
        by_sqs = self.system.client("sqs", endpoint=self.system.sqs.url)
        self._by_lambda = NotificationClient(LambdaTransport(by_lambda, "owlpost-enqueue"))
        self._by_sqs = NotificationClient(SqsTransport(by_sqs, self.system.engine.queue_urls["requests"]))

    def run(self, errands: Sequence[Errand]) -> None:
        """Return when each was accepted as often as it was to be made, or given up, which is a problem."""
        began = time.monotonic()
        with ThreadPoolExecutor(PRODUCERS) as producers:
            for done in [producers.submit(self._run, errand, began) for errand in errands]:
                done.result()

    def again(self, errands: Sequence[Errand]) -> None:
        """Put on the queue again what went there: this SQS, unlike AWS', may have lost it."""
        with ThreadPoolExecutor(PRODUCERS) as producers:
            for done in [producers.submit(self._insist, each, by_sqs=True) for each in errands if each.by_sqs]:
                done.result()

    def _run(self, errand: Errand, began: float) -> None:
        time.sleep(max(0.0, began + errand.at - time.monotonic()))
        self._insist(errand, by_sqs=errand.by_sqs)
        for number in range(errand.repeats):
            self.noted.append("accepted requests made again")
            self._insist(errand, by_sqs=errand.by_sqs if number else not errand.by_sqs)

    def _insist(self, errand: Errand, *, by_sqs: bool) -> None:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                answer = (self._by_sqs if by_sqs else self._by_lambda).notify(errand.request)
            except Unavailable:
                self.noted.append("requests without an answer made again")
                time.sleep(PAUSE)
                continue
            if answer and self.first_answers.setdefault(errand.key, answer.request_id) != answer.request_id:
                self.problems.append(f"{errand.key}: a repeat was answered with another request")
            return
        self.problems.append(f"{errand.key}: not accepted in {self.patience:g} s")
