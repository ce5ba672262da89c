"""Holds, let-go, faults and time in any order: each delivery is sent once, and the database sleeps while all is held."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from infra.local.postgres.server import Postgres
from owlpost.db.session import Database
from owlpost.domain.errors import TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.domain.queue_names import WAKEUP
from owlpost.domain.stop_commands import Hold, LetGo
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.messages import DeliveryMessages
from tests.support.clock import FakeClock
from tests.support.emptying import empty
from tests.support.people import add_person
from tests.support.services import dispatching, holding, sweeping
from tests.support.stage import Stage
from tests.support.timed_sqs import TimedSqs

EVERY = timedelta(minutes=5)
CHANNELS = ("email", "mobile_push")
PENDING = text("select count(*) from notification_deliveries where status = 'pending'")


class _Dies(Exception):
    """The function is killed."""


class _Dying:
    def run(self, *, rate: float) -> dict[str, int]:
        raise _Dies(rate)


#: Two holds stop one delivery, one ends by itself, and nothing else happens before the other is ended.
LAST_WAKEUP_IS_GONE = [
    ("hold", {"channel": "email", "producer": "billing"}),
    ("pass_time", 5),
    ("hold", {"channel": "email", "producer": "billing", "minutes": 1}),
    ("pass_time", 26),
    ("let_go_and_crash", 3),
]


@dataclass
class World:
    """Producers, workers, a sweep every five minutes, and an operator."""

    database: Database
    clock: FakeClock

    def __post_init__(self) -> None:
        self.sqs = TimedSqs(self.clock)
        self.queues = self.sqs.queues("requests", *CHANNELS, WAKEUP, "email-dlq", "mobile_push-dlq")
        self.stage = Stage(self.database, self.queues, self.clock)
        self.sweep = sweeping(self.database, self.queues, self.clock)
        self.operator = holding(self.database, self.queues, self.clock)
        self.due = self.clock() + EVERY
        self.sent = Counter[UUID]()
        self.provider(works=True)

    def tell(self, producer: str) -> None:
        with self.database.transaction() as connection:
            person = add_person(connection, device=uuid4().hex)
        body = {
            "type": "feedback.new",
            "recipients": {"user_ids": [str(person.id)]},
            "title": "Hello",
            "producer": producer,
        }
        dispatching(self.database, self.queues, self.clock).enqueue(body, platform_key=Key("lambda", str(uuid4())))

    def hold(self, what: dict[str, Any]) -> None:
        until = self.clock() + timedelta(minutes=what["minutes"]) if "minutes" in what else None
        chosen = {name: value for name, value in what.items() if name != "minutes"}
        command = Hold(command="hold", reason="a storm", until=until, **chosen)
        assert self.operator.place(command).hold is not None

    def let_go(self, which: int) -> None:
        if self.open():
            hold = self.open()[which % len(self.open())]
            self.operator.end(LetGo(command="let_go", hold_id=hold, rate=0.05))

    def let_go_and_crash(self, which: int) -> None:
        """The hold is ended, and the function dies before it lets anything go."""
        if self.open():
            hold = self.open()[which % len(self.open())]
            with suppress(_Dies):
                dying: Any = _Dying()
                replace(self.operator, let_go=dying).end(LetGo(command="let_go", hold_id=hold))

    def open(self) -> list[Any]:
        return [each.id for each in self.operator.list()]

    def lose_messages(self, channel: str) -> None:
        self.sqs.due.get(channel, {}).clear()

    def provider(self, works: bool) -> None:  # noqa: FBT001 (an act of the strategy)
        fault = Retry(TransientFault("rate_limit_exceeded", counts=False, retry_after=60))
        self.stage.adapter.script = self._take if works else lambda _delivery: fault

    def _take(self, delivery: Delivery) -> Outcome:
        self.sent[delivery.id] += 1
        return Sent()

    def pass_time(self, minutes: int) -> None:
        for _ in range(minutes):
            self.clock.advance(minutes=1)
            if self.clock() >= self.due:
                self.sweep.run_if_woken()
                self.due = self.clock() + EVERY
            for channel in CHANNELS:
                self._work(channel)

    def _work(self, channel: str) -> None:
        messages = self.queues.receive(channel, limit=100)
        worker = self.stage.worker(channel)
        handler = DeliveryMessages(worker, self.queues, DeadLetterSink(self.queues, channel), max_receives=1_000)
        failed = handler.handle(messages, deadline=self.clock() + timedelta(seconds=30))
        self.queues.delete(channel, [each.receipt_handle for each in messages if each.id not in failed])

    def pending(self) -> int:
        with self.database.transaction() as connection:
            return int(connection.execute(PENDING).scalar_one())


producers = st.sampled_from(["billing", "crm"])
WHAT = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(CHANNELS),
        "producer": producers,
        "minutes": st.integers(1, 40),
    },
)
ACTS = st.one_of(
    st.tuples(st.just("tell"), producers),
    st.tuples(st.just("hold"), WHAT),
    st.tuples(st.just("let_go"), st.integers(0, 3)),
    st.tuples(st.just("let_go_and_crash"), st.integers(0, 3)),
    st.tuples(st.just("lose_messages"), st.sampled_from(CHANNELS)),
    st.tuples(st.just("provider"), st.booleans()),
    st.tuples(st.just("pass_time"), st.integers(1, 30)),
)


@pytest.mark.takes_long("runs thirty histories of holds, workers and sweeps against a real database")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=3, max_size=14))
@example(acts=LAST_WAKEUP_IS_GONE)
def test_holds_and_let_go_in_any_order_lose_and_double_nothing(
    postgres: Postgres, database_name: str, database: Database, clock: FakeClock, acts: list[tuple[str, Any]]
) -> None:
    empty(postgres, database_name)
    world = World(database, clock)
    world.tell("billing")
    for act, argument in acts:
        getattr(world, act)(argument)
    world.provider(works=True)
    for hold in world.open():
        world.operator.end(LetGo(command="let_go", hold_id=hold))
    world.pass_time(120)
    assert world.pending() == 0
    with database.transaction() as connection:
        rows = connection.execute(text("select id from notification_deliveries where channel <> 'in_app'"))
        assert world.sent == Counter(rows.scalars())
    assert not world.sqs.due.get(WAKEUP), "nothing is left to be woken for"
