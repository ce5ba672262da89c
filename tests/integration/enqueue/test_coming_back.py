"""When a request comes back to its queue: soon after a fault of the database, as the queue says after a fault of ours."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from infra.topology.plan import topology
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.queue_names import REQUESTS, queue_names
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.digest_rest import DigestRest
from owlpost.services.enqueue.facts import Facts
from owlpost.services.enqueue.intake import Intake
from owlpost.services.enqueue.messages import OUTAGE_WAITS, SPARE, WAKES_UP_WITHIN, RequestMessages
from owlpost.services.enqueue.outbox import Outbox
from owlpost.services.enqueue.role_changes import RoleChanges
from tests.support.clock import FakeClock
from tests.support.people import add_person
from tests.support.services import NO_FUNCTIONS, dispatching, recalling
from tests.support.timed_sqs import VISIBILITY, TimedSqs


@pytest.fixture
def sqs(clock: FakeClock) -> TimedSqs:
    return TimedSqs(clock)


@pytest.fixture
def queues(sqs: TimedSqs) -> Queues:
    return sqs.queues(*queue_names())


@pytest.fixture
def away() -> Iterator[Database]:
    """A database that nothing listens for. Its port is held, or somebody else could take it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        yield Database.at(DatabaseAddress(host="127.0.0.1", port=port, name="owlpost", user="owlpost"))


@pytest.fixture
def silence() -> Iterator[socket.socket]:
    """A listener whose connections stand, and on which nothing is said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def run(database: Database, queues: Queues, clock: FakeClock, *, seconds: float = 60) -> list[str]:
    """Hand over the messages that are due, with so much time left, and delete those that are done."""
    messages = queues.receive(REQUESTS, limit=10)
    dispatch = dispatching(database, queues, clock)
    facts = Facts(dispatch, NO_FUNCTIONS, RoleChanges(NO_FUNCTIONS, clock), DigestRest(queues))
    recall = recalling(database, queues)
    outbox = Outbox(dispatch, facts, queues, recall)
    handler = RequestMessages(Intake(dispatch, facts, outbox, recall), queues, DeadLetterSink(queues, REQUESTS))
    failed = handler.handle(messages, deadline=clock() + timedelta(seconds=seconds))
    queues.delete(REQUESTS, [message.receipt_handle for message in messages if message.id not in failed])
    return failed


def ask(database: Database, queues: Queues, number: int = 1) -> None:
    with database.transaction() as connection:
        person = add_person(connection).id
    body = json.dumps({"type": "feedback.new", "recipients": {"user_ids": [str(person)]}, "title": "Hello"})
    queues.send(REQUESTS, [Message(body)] * number)


def test_a_request_that_met_an_outage_comes_back_after_seconds_and_is_stored(
    database: Database, away: Database, queues: Queues, sqs: TimedSqs, clock: FakeClock
) -> None:
    ask(database, queues)
    assert len(run(away, queues, clock)) == 1
    clock.advance(seconds=OUTAGE_WAITS[0])
    assert run(database, queues, clock) == []
    assert sqs.due[REQUESTS] == {}
    assert len(sqs.due["email"]) == 1


def test_a_batch_that_meets_a_silent_database_waits_for_it_once(
    database: Database, silence: socket.socket, queues: Queues, sqs: TimedSqs, clock: FakeClock
) -> None:
    ask(database, queues, number=8)
    host, port = silence.getsockname()
    silent = Database.at(DatabaseAddress(host, port, "owlpost", "owlpost", connect_timeout=0.2, waking_time=0))
    assert len(run(silent, queues, clock)) == 8
    silent.close()
    assert {due - clock() for due in sqs.due[REQUESTS].values()} == {timedelta(seconds=OUTAGE_WAITS[0])}
    silence.accept()[0].close()
    with pytest.raises(BlockingIOError):  # nobody else has come
        silence.accept()


def test_each_outage_that_a_request_meets_makes_it_wait_longer(
    database: Database, away: Database, queues: Queues, sqs: TimedSqs, clock: FakeClock
) -> None:
    ask(database, queues)
    for seconds in OUTAGE_WAITS:
        assert len(run(away, queues, clock)) == 1
        (due,) = sqs.due[REQUESTS].values()
        assert due - clock() == timedelta(seconds=seconds)
        clock.advance(seconds=seconds)


def test_a_database_that_stays_away_is_counted_once_it_cannot_be_waking_up_any_more(
    database: Database, away: Database, queues: Queues, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQS leaves what was received three times out of its age, so the queue's own alarm does not hear of these."""
    ask(database, queues)
    counted = []
    for seconds in OUTAGE_WAITS:
        capsys.readouterr()
        run(away, queues, clock)
        counted.append('"RequestsWait"' in capsys.readouterr().out)
        clock.advance(seconds=seconds)
    assert counted == [False, False, False, True, True]
    assert sum(OUTAGE_WAITS[:3]) > WAKES_UP_WITHIN


def test_a_batch_counts_once_however_many_wait(
    database: Database, away: Database, queues: Queues, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(database, queues, number=8)
    for seconds in OUTAGE_WAITS[:3]:
        run(away, queues, clock)
        clock.advance(seconds=seconds)
    capsys.readouterr()
    assert len(run(away, queues, clock)) == 8
    assert capsys.readouterr().out.count('"RequestsWait":') == 1


def test_six_receives_last_as_long_through_an_outage_as_the_queues_own_timeout_would() -> None:
    queue = topology().queue(REQUESTS)
    assert len(OUTAGE_WAITS) == queue.max_receive_count - 1
    assert sum(OUTAGE_WAITS) >= len(OUTAGE_WAITS) * queue.visibility_timeout


@pytest.mark.own_database
def test_a_request_that_met_a_fault_of_ours_comes_back_when_its_queue_says(
    database: Database, queues: Queues, sqs: TimedSqs, clock: FakeClock
) -> None:
    ask(database, queues)
    with database.transaction() as connection:
        connection.exec_driver_sql("alter table notifications add constraint fault check (title <> 'Hello')")
    assert len(run(database, queues, clock)) == 1
    (due,) = sqs.due[REQUESTS].values()
    assert due - clock() == VISIBILITY


def test_requests_that_there_is_no_time_for_come_back_at_once_and_are_not_begun(
    database: Database, queues: Queues, sqs: TimedSqs, clock: FakeClock
) -> None:
    ask(database, queues, number=3)
    assert len(run(database, queues, clock, seconds=SPARE.total_seconds() - 1)) == 3
    assert set(sqs.due[REQUESTS].values()) == {clock()}
    assert run(database, queues, clock) == []
