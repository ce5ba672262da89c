"""Plays a script against a running system, and counts what it really did."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from infra.local.account import queue_arn
from infra.local.postgres.postmaster import wait_until
from tests.chaos import database_faults, queue_faults, worker_faults
from tests.chaos.plan import batch_size
from tests.chaos.queue_faults import pending
from tests.chaos.script import Act
from tests.chaos.system import System

#: A sweep during the run takes up what is no older than this, though its message may be on its way or a worker's.
SWEEP_SECONDS = 3
#: How many calls a provider's state strikes at least, for how many seconds it waits for them, and how often it looks.
STRUCK = 20
PATIENCE = 6.0
LOOK = 0.1


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
        self._system.flaky_postgres.weather = "fair"
        self._system.switchboard("DELETE")

    def injected(self) -> Counter[str]:
        """How often each fault happened, those of providers and of SQS included."""
        counted = Counter(self._injected)
        counted += self._system.injected_before + self._system.injected_by_providers()
        counted.update({f"sqs: {kind}": number for kind, number in self._system.sqs.injected.items()})
        counted.update({f"postgres: pieces {kind}": n for kind, n in self._system.flaky_postgres.injected.items()})
        return counted + self._system.strikes()

    @property
    def lost_queues(self) -> bool:
        return self._injected["sqs: an emulator that lost everything"] > 0

    def _count(self, name: str, number: int = 1) -> None:
        with self._lock:
            if number:
                self._injected[name] += number

    def _do(self, act: Act) -> None:
        if act.kind in OWN:
            name, own = OWN[act.kind]
            self._count(name, own(self, act))
        else:
            name, fault = OUTSIDE[act.kind]
            self._count(name.format(target=act.target), fault(self._system, act))

    def provider_weather(self, act: Act) -> int:
        """Set the faults of all providers, which count the calls that they strike, until the next act changes them."""
        with self._system.providers_turn:
            self._system.switchboard("DELETE")
            for fault in act.faults:
                self._system.switchboard("POST", fault)
        return 1

    def provider_state(self, act: Act) -> int:
        """Set the faults of all providers until they have struck some calls, or nothing is called for some seconds.

        No other act changes them meanwhile.
        """
        with self._system.providers_turn:
            self.provider_weather(act)
            before = self._system.injected_by_providers().total()
            wait_until(
                lambda: self._system.injected_by_providers().total() >= before + STRUCK, seconds=PATIENCE, every=LOOK
            )
            time.sleep(act.seconds)
            self._system.switchboard("DELETE")
        return 1

    def sqs_weather(self, act: Act) -> int:
        self._system.sqs.rates = act.rates
        return 0

    def sweep(self, _: Act) -> int:
        return int(bool(self._system.invoke("sweep", {"grace_seconds": SWEEP_SECONDS})))

    def invoke_again(self, act: Act) -> int:
        """Give a worker messages that another has: SQS may deliver anything twice."""
        ids = pending(self._system, act.target, batch_size(act.target))
        event = {"Records": [_record(act.target, delivery_id) for delivery_id in ids]}
        return len(ids) if ids and self._system.invoke(f"deliver-{act.target}", event) else 0


#: By the kinds of acts: the name in the table of the run, and what is done.
OWN: dict[str, tuple[str, Callable[[Saboteur, Act], int]]] = {
    "provider_weather": ("providers: weather changed", Saboteur.provider_weather),
    "accept_and_reset": ("providers: take three calls of ten and hang up, for a while", Saboteur.provider_state),
    "half_taken": ("providers: take half of each batch, for a while", Saboteur.provider_state),
    "refused_keys": ("providers: refuse our keys, for a while", Saboteur.provider_state),
    "dead_tokens": ("providers: call all tokens dead, for a while", Saboteur.provider_state),
    "sqs_weather": ("sqs weather", Saboteur.sqs_weather),
    "sweep": ("sweep while all runs", Saboteur.sweep),
    "invoke_again": ("invoked twice", Saboteur.invoke_again),
}
OUTSIDE: dict[str, tuple[str, Callable[[System, Act], int]]] = {
    "kill": ("killed at work: {target}", worker_faults.kill),
    "freeze": ("frozen at work: {target}", worker_faults.freeze),
    "sleep_an_hour": ("sandboxes: asleep for an hour, all connections cut", worker_faults.sleep_an_hour),
    "lose_names": ("dns: gone for a while", worker_faults.lose_names),
    "spoil_rendering": ("rendering: broken for a while", worker_faults.spoil_rendering),
    "crash_postgres": ("postgres: crashed and recovered", database_faults.crash_postgres),
    "kill_postgres": ("postgres: killed, down for a while", database_faults.kill_postgres),
    "slow_postgres": ("postgres: slow for a while", database_faults.slow_postgres),
    "half_open_postgres": ("postgres: half open for a while, then reset", database_faults.half_open_postgres),
    "take_connections": ("postgres: all connections taken", database_faults.take_connections),
    "lock_table": ("postgres: a table locked for longer than a function lives", database_faults.lock_table),
    "lose_messages": ("messages lost", queue_faults.lose_messages),
    "flood": ("sqs: duplicates in a heap, out of order", queue_faults.flood),
    "hang_sqs": ("sqs: hung", queue_faults.hang_sqs),
    "lose_everything": ("sqs: an emulator that lost everything", queue_faults.lose_everything),
}


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
