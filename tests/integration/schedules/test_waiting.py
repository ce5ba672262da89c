"""What waits by a rule costs no message, no attempt, no age and no database hours, and goes out within seconds of its time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, event, text

from owlpost.db.session import Database
from owlpost.domain.errors import InvalidRequest, TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Retry, Sent
from owlpost.domain.queue_names import WAKEUP
from owlpost.domain.stop_commands import Hold, LetGo
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.delivery.messages import DeliveryMessages
from owlpost.services.schedules.sweep import Swept
from tests.support.clock import FakeClock
from tests.support.people import add_person
from tests.support.services import dispatching, holding, sweeping
from tests.support.stage import Stage
from tests.support.timed_sqs import TimedSqs

EVERY = 300
NOTHING = Swept({}, 0)


@dataclass
class Night:
    """A stage on queues whose time is the stage's, with a sweep every five minutes and a worker every ten seconds."""

    stage: Stage
    sqs: TimedSqs

    def tell(self, *, preferences: dict[str, Any] | None = None, **more: object) -> UUID:
        """Notify one person by mail. Return the delivery's id."""
        with self.stage.database.transaction() as connection:
            person = add_person(connection, preferences=preferences)
        body = {"type": "issue.digest", "recipients": {"user_ids": [str(person.id)]}, "title": "Hello", **more}
        dispatch = dispatching(self.stage.database, self.stage.queues, self.stage.clock)
        answer = dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
        (delivery,) = self.stage._pending(answer.request_id, "email")
        return delivery

    def sweep(self, *, asleep: bool = False) -> Swept:
        database = UNTOUCHABLE if asleep else self.stage.database
        return sweeping(database, self.stage.queues, self.stage.clock).run_if_woken()

    def work(self) -> None:
        messages = self.stage.queues.receive("email", limit=100)
        dead_letters = DeadLetterSink(self.stage.queues, "email")
        handler = DeliveryMessages(self.stage.worker(), self.stage.queues, dead_letters, max_receives=1_000)
        failed = handler.handle(messages, deadline=self.stage.clock() + timedelta(seconds=30))
        self.stage.queues.delete("email", [each.receipt_handle for each in messages if each.id not in failed])

    def pass_until(self, delivery: UUID, *, most: timedelta) -> datetime:
        """Let time pass until the delivery has ended. Return when."""
        end = self.stage.clock() + most
        while self.stage.row(delivery)["status"] == "pending":
            assert self.stage.clock() < end
            self.stage.clock.advance(seconds=10)
            if int(self.stage.clock().timestamp()) % EVERY < 10:
                self.sweep()
            self.work()
        return self.stage.clock()

    def messages(self) -> int:
        return len(self.sqs.due.get("email", {}))


@pytest.fixture
def night(database: Database, clock: FakeClock) -> Night:
    sqs = TimedSqs(clock)
    return Night(Stage(database, sqs.queues("requests", "email", "mobile_push", WAKEUP, "email-dlq"), clock), sqs)


def untouchable() -> Database:
    """A database that fails the test when somebody connects to it."""
    engine = create_engine("postgresql+pg8000://nobody@db.example/nothing")

    def refuse(*_: object) -> None:
        pytest.fail("the database was woken")

    event.listen(engine, "do_connect", refuse)
    return Database(engine)


UNTOUCHABLE = untouchable()


def test_a_request_for_later_has_no_message_until_its_time_is_near_and_goes_out_on_time(night: Night) -> None:
    at = night.stage.clock() + timedelta(minutes=40)
    delivery = night.tell(not_before=at.isoformat())
    assert night.messages() == 0
    row = night.stage.row(delivery)
    assert (row["waits_for"], row["next_attempt_at"]) == ("not_before", at)
    sent_at = night.pass_until(delivery, most=timedelta(hours=3))
    assert timedelta() <= sent_at - at <= timedelta(seconds=15)
    assert night.stage.row(delivery)["attempts"] == 1


def test_a_wait_of_minutes_is_the_delay_of_its_own_message(night: Night) -> None:
    delivery = night.tell(not_before=(night.stage.clock() + timedelta(minutes=10)).isoformat())
    assert night.messages() == 1
    night.stage.clock.advance(minutes=10)
    night.work()
    assert night.stage.row(delivery)["status"] == "sent"


def test_a_waiting_night_costs_the_database_nothing(night: Night) -> None:
    delivery = night.tell(not_before=(night.stage.clock() + timedelta(hours=6)).isoformat())
    for _ in range(4):
        night.stage.clock.advance(seconds=EVERY)
        night.sweep()
    for _ in range(60):
        night.stage.clock.advance(seconds=EVERY)
        assert night.sweep(asleep=True) == NOTHING
        assert len(night.sqs.due[WAKEUP]) == 1
    night.pass_until(delivery, most=timedelta(days=1))
    for _ in range(5):
        night.stage.clock.advance(seconds=EVERY)
        night.sweep()
    assert not night.sqs.due[WAKEUP]


def test_a_held_night_costs_the_database_nothing_and_uses_up_no_attempt_and_no_age(night: Night) -> None:
    operator = holding(night.stage.database, night.stage.queues, night.stage.clock)
    early = night.tell()
    placed = operator.place(Hold(command="hold", reason="the template is wrong", channel="email")).hold
    assert placed is not None
    late = night.tell()
    night.work()
    assert night.messages() == 0
    for _ in range(4):
        night.stage.clock.advance(seconds=EVERY)
        night.sweep()
    assert not night.sqs.due[WAKEUP]
    for _ in range(40):
        night.stage.clock.advance(seconds=EVERY)
        assert night.sweep(asleep=True) == NOTHING
    assert {night.stage.row(each)["waits_for"] for each in (early, late)} == {"held"}
    assert {night.stage.row(each)["attempts"] for each in (early, late)} == {0}
    assert operator.end(LetGo(command="let_go", hold_id=placed.id)).let_go == {"email": 2}
    night.stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout"))
    night.stage.clock.advance(seconds=10)
    night.work()
    assert {night.stage.row(each)["status"] for each in (early, late)} == {"pending"}, "it has not grown old"
    night.stage.adapter.script = lambda _delivery: Sent()
    night.pass_until(early, most=timedelta(hours=1))
    night.pass_until(late, most=timedelta(hours=1))


def test_a_hold_with_an_end_lets_its_deliveries_go_by_itself(night: Night) -> None:
    operator = holding(night.stage.database, night.stage.queues, night.stage.clock)
    until = night.stage.clock() + timedelta(minutes=50)
    operator.place(Hold(command="hold", reason="the provider is away", until=until))
    delivery = night.tell()
    sent_at = night.pass_until(delivery, most=timedelta(hours=4))
    assert until <= sent_at <= until + timedelta(seconds=EVERY + 60)


def test_what_comes_in_quiet_hours_is_in_the_inbox_at_once_and_is_mailed_at_their_end(night: Night) -> None:
    at = night.stage.clock()
    end = (at + timedelta(minutes=50)).replace(second=0, microsecond=0)
    quiet = {"start": (at - timedelta(hours=1)).strftime("%H:%M"), "end": end.strftime("%H:%M"), "time_zone": "UTC"}
    delivery = night.tell(preferences={"notifications": {"quiet_hours": quiet}})
    assert night.stage.row(delivery)["waits_for"] == "quiet_hours"
    sent_at = night.pass_until(delivery, most=timedelta(hours=6))
    assert timedelta() <= sent_at - end <= timedelta(seconds=15)


def test_a_time_too_far_ahead_is_refused_by_its_name(night: Night) -> None:
    with pytest.raises(InvalidRequest, match="not_before: must be at most 30 days ahead"):
        night.tell(not_before=(night.stage.clock() + timedelta(days=31)).isoformat())


def test_a_request_for_later_is_not_in_the_inbox_before_its_time(night: Night) -> None:
    night.tell(not_before=(night.stage.clock() + timedelta(days=1)).isoformat())
    with night.stage.database.transaction() as connection:
        (shown,) = connection.execute(text("select created_at from notifications")).scalars()
    assert shown == night.stage.clock() + timedelta(days=1)


def test_a_sweep_runs_if_one_of_its_wakeups_is_for_now(night: Night) -> None:
    night.tell(not_before=(night.stage.clock() + timedelta(days=1)).isoformat())
    for _ in range(4):
        night.stage.clock.advance(seconds=EVERY)
        night.sweep()
    night.tell()
    night.stage.clock.advance(seconds=3 * EVERY)
    with pytest.raises(pytest.fail.Exception):
        night.sweep(asleep=True)
