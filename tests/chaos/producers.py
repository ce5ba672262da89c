"""Producers as they should be: each request is made again, under its idempotency key, until it was accepted."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from uuid import UUID

from owlpost.client import LambdaTransport, NotificationClient, SqsTransport, Unavailable
from owlpost.db.outage import is_outage
from owlpost.domain.requests import EnqueueRequest, EnqueueResult
from tests.chaos.balance import ROLLED_BACK
from tests.chaos.crowd import Errand, Way
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
            for done in [producers.submit(self._insist, each, "sqs") for each in errands if "sqs" in each.ways]:
                done.result()

    def _run(self, errand: Errand, began: float) -> None:
        time.sleep(max(0.0, began + errand.at - time.monotonic()))
        self._insist(errand, errand.ways[0])
        for way in errand.ways[1:]:
            self.noted.append("accepted requests made again")
            self._insist(errand, way)

    def _insist(self, errand: Errand, way: Way) -> None:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            try:
                answer = self._ask(errand.request, way)
            except Unavailable:
                self.noted.append("requests without an answer made again")
                time.sleep(PAUSE)
                continue
            if answer and self.first_answers.setdefault(errand.key, answer.request_id) != answer.request_id:
                self.problems.append(f"{errand.key}: a repeat was answered with another request")
            return
        self.problems.append(f"{errand.key}: not accepted in {self.patience:g} s")

    def _ask(self, request: EnqueueRequest, way: Way) -> EnqueueResult | None:
        """Raises Unavailable where nobody knows whether it was accepted."""
        if way == "outbox":
            self._write(request)
            return None
        return (self._by_sqs if way == "sqs" else self._by_lambda).notify(request)

    def _write(self, request: EnqueueRequest) -> None:
        """Write it in a transaction that commits, after one of another key in a transaction that does not."""
        taken_back = request.model_copy(update={"idempotency_key": f"{request.idempotency_key}{ROLLED_BACK}"})
        try:
            with closing(self.system.database()) as database, database.transaction() as connection:
                with connection.begin_nested() as savepoint:
                    self._by_sqs.within(connection).notify(taken_back)
                    savepoint.rollback()
                self._by_sqs.within(connection).notify(request)
        except Exception as error:
            if not is_outage(error):
                raise
            raise Unavailable(str(error)) from error
        self.noted.append("requests written in a transaction")
        with suppress(Unavailable):
            self._by_sqs.nudge()
