"""Plays a script against a running system, and counts what it really did."""

import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from infra.local.account import queue_arn
from tests.chaos.plan import BATCH_SIZES
from tests.chaos.script import Act
from tests.chaos.system import System

#: How long a killer looks for a worker at work.
LOOK_SECONDS = 3.0
#: A sweep during the run takes up what is no older than this, though its message may be on its way or a worker's.
SWEEP_SECONDS = 3
#: Messages that get lost at a time.
LOST = 10
PENDING = "select id from notification_deliveries where status = 'pending' and channel = :channel limit :limit"


class Saboteur:
    def __init__(self, system: System) -> None:
        self._system = system
        self._injected: Counter[str] = Counter()
        self._lock = threading.Lock()

    def play(self, acts: Sequence[Act]) -> None:
        """Return when the last act is over; then all faults have ended. Raises what went wrong with the play itself."""
        began = time.monotonic()
        played: list[Future[None]] = []
        try:
            with ThreadPoolExecutor(len(acts)) as stage:
                for act in acts:
                    time.sleep(max(0.0, began + act.at - time.monotonic()))
                    played.append(stage.submit(self._do, act))
        finally:
            self.calm()
        for each in played:
            each.result()

    def calm(self) -> None:
        """End the faults that would go on by themselves."""
        self._system.sqs.rates = {}
        self._switchboard("DELETE")

    def injected(self) -> Counter[str]:
        """How often each fault happened, those of providers and of SQS included."""
        counted = Counter(self._injected)
        for provider, kinds in self._switchboard("GET")["injected"].items():
            counted.update({f"{provider}: {kind}": number for kind, number in kinds.items()})
        counted.update({f"sqs: {kind}": number for kind, number in self._system.sqs.injected.items()})
        return counted

    def _count(self, name: str, number: int = 1) -> None:
        with self._lock:
            self._injected[name] += number

    def _do(self, act: Act) -> None:
        getattr(self, f"_{act.kind}")(act)

    def _kill(self, act: Act) -> None:
        if self._system.kill_worker(act.target, within=LOOK_SECONDS, after=act.seconds):
            self._count(f"killed at work: {act.target}")

    def _provider_weather(self, act: Act) -> None:
        self._switchboard("DELETE")
        for fault in act.faults:
            self._switchboard("POST", fault)

    def _sqs_weather(self, act: Act) -> None:
        self._system.sqs.rates = act.rates

    def _sweep(self, _: Act) -> None:
        if self._system.invoke("sweep", {"grace_seconds": SWEEP_SECONDS}):
            self._count("sweep while all runs")

    def _invoke_again(self, act: Act) -> None:
        """Give a worker messages that another has: SQS may deliver anything twice."""
        with self._system.postgres_turn, self._system.postgres.connect() as connection:
            rows = connection.run(PENDING, channel=act.target, limit=BATCH_SIZES[act.target])
        event = {"Records": [_record(act.target, str(delivery_id)) for (delivery_id,) in rows]}
        if rows and self._system.invoke(f"deliver-{act.target}", event):
            self._count("invoked twice", len(rows))

    def _lose_messages(self, act: Act) -> None:
        client = self._system.client("sqs", endpoint=self._system.engine.urls["sqs"])
        url = self._system.engine.queue_urls[act.target]
        messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=LOST, WaitTimeSeconds=1).get("Messages", [])
        for message in messages:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self._count("messages lost", len(messages))

    def _crash_postgres(self, _: Act) -> None:
        with self._system.postgres_turn:
            self._system.postgres.restart()
        self._count("postgres: crashed and recovered")

    def _kill_postgres(self, act: Act) -> None:
        with self._system.postgres_turn:
            self._system.postgres.kill()
            time.sleep(act.seconds)
            self._system.postgres.start()
        self._count("postgres: killed, down for a while")

    def _hang_sqs(self, act: Act) -> None:
        with self._system.hanging_sqs():
            time.sleep(act.seconds)
        self._count("sqs: hung")

    def _switchboard(self, method: str, fault: dict[str, object] | None = None) -> Any:
        url = f"{self._system.providers.mailbox}/faults"
        body = json.dumps(fault).encode() if fault else None
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=30) as answer:
            return json.load(answer)


def _record(queue: str, delivery_id: str) -> dict[str, Any]:
    """A message as Lambda hands it over, whose receipt no queue knows."""
    return {
        "messageId": str(uuid4()),
        "receiptHandle": str(uuid4()),
        "body": delivery_id,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn(queue),
        "awsRegion": "us-east-1",
    }
