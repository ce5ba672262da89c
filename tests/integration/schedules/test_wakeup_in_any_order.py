"""Whatever producers, workers and operators do, in whatever order: a gated sweep leaves nothing behind, and rests at last."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from infra.local.postgres.server import Postgres
from owlpost.db.session import Database
from owlpost.domain.commands import RedriveDeliveries
from owlpost.domain.idempotency import Key
from owlpost.domain.queue_names import WAKEUP
from owlpost.domain.sweep_order import GRACE
from owlpost.services.enqueue.submission import Submission
from tests.support.clock import FakeClock
from tests.support.emptying import empty
from tests.support.people import add_person
from tests.support.services import dispatching, redriving, sweeping
from tests.support.timed_sqs import TimedSqs

EVERY = timedelta(minutes=5)
QUEUES = ("requests", "email", "mobile_push", WAKEUP, "email-dlq", "mobile_push-dlq")
#: What should have been queued again before this: due for longer than the grace and one interval.
OVERDUE = text("""
    select count(*) from notification_deliveries
    where status = 'pending' and queued_at < :before and coalesce(next_attempt_at, queued_at) < :before
""")


@dataclass
class World:
    """Time passes with a sweep every five minutes. No worker lives, so what is put on a channel's queue is as good as lost."""

    database: Database
    clock: FakeClock
    sqs: TimedSqs = field(init=False)

    def __post_init__(self) -> None:
        self.sqs = TimedSqs(self.clock)
        self.queues = self.sqs.queues(*QUEUES)
        self.sweep = sweeping(self.database, self.queues, self.clock)
        self.due = self.clock() + EVERY
        self.fresh_sandbox()

    def tell(self, taking: float) -> None:
        """A producer's request whose transaction takes so many seconds, and a crash right after its commit."""
        with self.database.transaction() as connection:
            person = add_person(connection)
        body = {"type": "feedback.new", "recipients": {"user_ids": [str(person.id)]}, "title": "Hello"}
        with self.dispatch.transaction() as connection:
            self.dispatch.store(connection, Submission.from_json(body, platform_key=Key("lambda", str(uuid4()))))
            self.clock.advance(seconds=taking)

    def fresh_sandbox(self, _nothing: float = 0) -> None:
        self.dispatch = dispatching(self.database, self.queues, self.clock)

    def end(self, status: str) -> None:
        self._change("status = :status", status=status)

    def retry_in(self, seconds: float) -> None:
        self._change("next_attempt_at = :at", at=self.clock() + timedelta(seconds=seconds))

    def redrive(self, _nothing: float) -> None:
        command = RedriveDeliveries(command="redrive", channel="email")
        redriving(self.database, self.queues, self.clock).run(command)

    def pass_time(self, seconds: float) -> None:
        until = self.clock() + timedelta(seconds=seconds)
        while self.due <= until:
            self.clock.move_to(max(self.clock(), self.due))
            self.sweep.run_if_woken()
            self._check()
            self.due += EVERY
        self.clock.move_to(max(self.clock(), until))

    def _check(self) -> None:
        with self.database.transaction() as connection:
            overdue = connection.execute(OVERDUE, {"before": self.clock() - GRACE - EVERY}).scalar_one()
        assert overdue == 0

    def _change(self, what: str, **values: object) -> None:
        with self.database.transaction() as connection:
            connection.execute(text(f"update notification_deliveries set {what} where status = 'pending'"), values)


ACTS = st.one_of(
    st.tuples(st.just("tell"), st.integers(0, 290)),
    st.tuples(st.just("end"), st.sampled_from(["sent", "failed"])),
    st.tuples(st.just("retry_in"), st.integers(1, 4 * 3_600)),
    st.tuples(st.just("redrive"), st.just(0)),
    st.tuples(st.just("fresh_sandbox"), st.just(0)),
    st.tuples(st.just("pass_time"), st.integers(1, 3_600)),
)


@pytest.mark.takes_long("runs thirty histories of producers, sweeps and crashes against a real database")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=12))
def test_nothing_is_ever_overdue_after_a_sweep_and_the_database_sleeps_in_the_end(
    postgres: Postgres, database_name: str, database: Database, clock: FakeClock, acts: list[tuple[str, Any]]
) -> None:
    empty(postgres, database_name)
    world = World(database, clock)
    for act, argument in acts:
        getattr(world, act)(argument)
    world.pass_time(3_600)
    world.end("sent")
    world.pass_time(3_600)
    assert not world.sqs.due.get(WAKEUP)
