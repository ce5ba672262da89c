"""Requests inside the host's own transaction: seen when it commits, never when it rolls back, told once, in order."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any, cast

import pg8000.dbapi
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from functions import enqueue, sweep
from infra.local.postgres.server import Postgres
from owlpost.client import NotificationClient, SqsTransport
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.queue import Queues
from owlpost.sandbox import current
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.outbox import Outbox
from owlpost.wiring.enqueue import dispatch, outbox
from tests.support import facts
from tests.support.people import add_team
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.wired import Context, Wired, sqs_event

DRAIN = {"drain_outbox": True}


@pytest.fixture(autouse=True)
def function(wired: Wired) -> None:
    wired.as_function("enqueue")


@pytest.fixture
def team(database: Database) -> str:
    return str(add_team(database, members=2))


@pytest.fixture
def client(queues: Queues) -> NotificationClient:
    return NotificationClient(SqsTransport(queues.client, queues.urls[REQUESTS]), producer="host")


def request(team: str, title: str = "Hello", **changes: Any) -> dict[str, Any]:
    return {"type": "feedback.new", "recipients": {"team_id": team}, "title": title, **changes}


def write(connection: Connection, body: object) -> None:
    connection.execute(text("select owlpost_enqueue(cast(:body as jsonb))"), {"body": json.dumps(body)})


def drain() -> dict[str, Any]:
    return enqueue.handler(DRAIN, Context())


def titles(database: Database) -> list[str]:
    with database.transaction() as connection:
        query = "select n.title from notifications n join notification_requests r on r.id = n.request_id order by r.id"
        return list(dict.fromkeys(connection.exec_driver_sql(query).scalars()))


def waiting(database: Database) -> int:
    with database.transaction() as connection:
        return int(connection.exec_driver_sql("select count(*) from notification_outbox").scalar_one())


def test_what_a_transaction_wrote_is_told_when_it_commits(database: Database, queues: Queues, team: str) -> None:
    with database.transaction() as connection:
        write(connection, request(team))
        assert drain() == {"drained": True}
    assert (titles(database), waiting(database)) == ([], 1)
    assert drain() == {"drained": True}
    assert (titles(database), waiting(database)) == (["Hello"], 0)
    assert len(take(queues, "email")) == 2


def test_what_a_transaction_wrote_is_never_seen_when_it_rolls_back(database: Database, team: str) -> None:
    with database.transaction() as connection:
        write(connection, request(team))
        connection.rollback()
    drain()
    assert (titles(database), waiting(database)) == ([], 0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "request"),
        ({"type": 7}, "type"),
        ({"type": "feedback.new"}, "recipients"),
        ({"type": "feedback.new", "recipients": {}}, "title"),
        ({"happened": 7}, "happened"),
        ({"happened": "ratings_synced"}, "fact"),
        ({"type": "feedback.new", "recipients": {}, "title": "a" * (1 << 20)}, "request"),
        ({"cancel": 7, "type": "feedback.new"}, "cancel"),
        ({"cancel": "nightly-7"}, "type"),
    ],
)
def test_a_body_of_another_shape_is_refused_in_the_hosts_transaction(
    database: Database, body: object, field: str
) -> None:
    with pytest.raises(DBAPIError, match=rf"'{field}: must be"), database.transaction() as connection:
        write(connection, body)


def test_a_host_needs_no_right_but_to_execute_the_function(database: Database, team: str) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("create role owlpost_test_host")
        connection.exec_driver_sql("set local role owlpost_test_host")
        with pytest.raises(DBAPIError, match="permission denied"), connection.begin_nested():
            write(connection, request(team))
        connection.exec_driver_sql("reset role")
        connection.exec_driver_sql("grant execute on function owlpost_enqueue(jsonb, text) to owlpost_test_host")
        connection.exec_driver_sql("set local role owlpost_test_host")
        write(connection, request(team))
        connection.exec_driver_sql("reset role")
        assert connection.exec_driver_sql("select count(*) from notification_outbox").scalar_one() == 1
        connection.rollback()


def test_rows_are_told_in_the_order_in_which_they_were_written(database: Database, team: str) -> None:
    wanted = [f"Number {number:02}" for number in range(12)]
    for title in wanted:
        with database.transaction() as connection:
            write(connection, request(team, title))
    drain()
    assert titles(database) == wanted


def test_the_same_key_is_told_once_and_meets_the_key_of_a_direct_call(database: Database, team: str) -> None:
    body = request(team, idempotency_key="k", producer="host")
    first = enqueue.handler(body, Context())
    with database.transaction() as connection:
        write(connection, body)
        write(connection, body)
    drain()
    assert enqueue.handler(body, Context())["request_id"] == first["request_id"]
    with database.transaction() as connection:
        assert connection.exec_driver_sql("select count(*) from notifications").scalar_one() == 2


def test_a_fact_becomes_notifications_and_a_silent_one_does_not(database: Database, team: str) -> None:
    fact = facts.ratings({"us": 1}, {"us": 3}).model_dump(mode="json")
    fact["app"]["team_id"] = team
    silent = {**fact, "before": None}
    with database.transaction() as connection:
        write(connection, {"happened": "ratings_synced", "fact": silent})
        write(connection, {"happened": "ratings_synced", "fact": fact})
    drain()
    assert (titles(database), waiting(database)) == (["2 new ratings on Pocket Atlas"], 0)


def test_what_is_refused_is_a_dead_letter_with_its_reason_and_holds_up_nobody(
    database: Database, queues: Queues, team: str
) -> None:
    with database.transaction() as connection:
        write(connection, request(team, link="javascript:alert(1)"))
        write(connection, request(team, idempotency_key="k"))
        write(connection, request(team, "Another", idempotency_key="k"))
        write(connection, request(team, "The last"))
    drain()
    assert (titles(database), waiting(database)) == (["Hello", "The last"], 0)
    assert sorted(reason.partition(":")[0] for reason in dead_letter_reasons(queues, REQUESTS)) == [
        "idempotency_key",
        "link",
    ]


def test_an_empty_audience_writes_nothing_and_uses_up_no_key(database: Database, team: str) -> None:
    body = request(team, idempotency_key="k")
    nobody = {**body, "recipients": {"user_ids": []}}
    with database.transaction() as connection:
        write(connection, nobody)
    drain()
    assert waiting(database) == 0
    assert enqueue.handler(body, Context())["notifications"] == 2


class Failing:
    """A dispatch whose store fails for one title."""

    def __init__(self, inner: Dispatch, title: str) -> None:
        self.inner, self.title = inner, title

    def store(self, connection: Connection, submission: Any) -> Any:
        if submission.request.title == self.title:
            raise RuntimeError("no")
        return self.inner.store(connection, submission)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_a_row_that_always_fails_waits_longer_each_time_and_ends_as_a_dead_letter(
    database: Database, queues: Queues, team: str
) -> None:
    current().provide(dispatch, Failing(dispatch(), "Poison"))
    with database.transaction() as connection:
        write(connection, request(team, "Poison"))
        write(connection, request(team, "Innocent"))
    for attempt in range(6):
        assert outbox().drain(deadline=utc_now() + timedelta(seconds=30))
        assert titles(database) == ["Innocent"]
        assert waiting(database) == (attempt < 5)
        with database.transaction() as connection:
            connection.exec_driver_sql("update notification_outbox set not_before = now()")
    assert dead_letter_reasons(queues, REQUESTS) == ["failed 6 times: RuntimeError"]


def test_without_time_nothing_is_begun_and_the_nudge_comes_back(database: Database, queues: Queues, team: str) -> None:
    with database.transaction() as connection:
        write(connection, request(team))
    assert not outbox().drain(deadline=utc_now() + timedelta(seconds=5))
    assert waiting(database) == 1


def test_a_nudge_on_the_queue_drains_and_a_bad_one_is_a_dead_letter(
    database: Database, queues: Queues, client: NotificationClient, team: str
) -> None:
    with database.transaction() as connection:
        write(connection, request(team))
    client.nudge()
    assert enqueue.handler(sqs_event(REQUESTS, take(queues, REQUESTS)), Context()) == {"batchItemFailures": []}
    assert titles(database) == ["Hello"]


def test_a_lost_nudge_is_made_good_by_the_sweep(wired: Wired, database: Database, queues: Queues, team: str) -> None:
    with database.transaction() as connection:
        write(connection, request(team))
    wired.as_function("sweep", OUTBOX_SWEPT="true")
    sweep.handler({"schedule": "sweep", "time": "2026-11-28T12:00:00Z"}, Context())
    [nudge] = take(queues, REQUESTS)
    assert json.loads(nudge.body) == DRAIN
    wired.as_function("enqueue")
    enqueue.handler(sqs_event(REQUESTS, [nudge]), Context())
    assert titles(database) == ["Hello"]


def test_a_scheduled_sweep_leaves_the_database_asleep_unless_the_setting_says_otherwise(
    wired: Wired, database: Database, queues: Queues, team: str
) -> None:
    with database.transaction() as connection:
        write(connection, request(team))
    wired.as_function("sweep")
    sweep.handler({"schedule": "sweep", "time": "2026-11-28T12:00:00Z"}, Context())
    assert take(queues, REQUESTS) == []


@pytest.fixture
def connections(postgres: Postgres, wired: Wired) -> Iterator[dict[str, Any]]:
    """A connection of each library that a host may use; none commits by itself."""
    where: dict[str, Any] = {
        "host": postgres.host,
        "port": postgres.port,
        "user": postgres.user,
        "password": postgres.password,
    }
    engine = create_engine(postgres.uri(wired.database_name).replace("postgresql://", "postgresql+pg8000://"))
    with (
        engine.connect() as alchemy,
        psycopg.connect(**where, dbname=wired.database_name) as psycopg_connection,
        closing(pg8000.dbapi.connect(**where, database=wired.database_name)) as pg8000_connection,
    ):
        yield {"sqlalchemy": alchemy, "psycopg": psycopg_connection, "pg8000": pg8000_connection}
    engine.dispose()


@pytest.mark.parametrize("library", ["sqlalchemy", "psycopg", "pg8000"])
def test_the_client_writes_into_the_transaction_of_any_library(
    connections: dict[str, Any], client: NotificationClient, database: Database, queues: Queues, team: str, library: str
) -> None:
    connection = connections[library]
    told = EnqueueRequest(type="feedback.new", recipients=ByTeam(team_id=team), title="100% sure")  # type: ignore[arg-type]  # pydantic reads text
    assert client.within(connection).notify(told) is None
    connection.rollback()
    client.within(connection).notify(told, correlation_id="trace-1")
    connection.commit()
    client.nudge()
    enqueue.handler(sqs_event(REQUESTS, take(queues, REQUESTS)), Context())
    assert titles(database) == ["100% sure"]
    with database.transaction() as opened:
        row = opened.exec_driver_sql("select producer, correlation_id from notification_requests").one()
    assert tuple(row) == ("host", "trace-1")


def test_a_cancellation_in_a_transaction_takes_back_what_was_sent_when_it_commits(
    client: NotificationClient, database: Database, team: str
) -> None:
    def told() -> int:
        with database.transaction() as connection:
            pending = "select count(*) from notification_deliveries where status = 'pending'"
            return int(connection.exec_driver_sql(pending).scalar_one())

    request_ = EnqueueRequest.from_json(request(team, idempotency_key="nightly-7"))
    with database.transaction() as connection:
        client.within(connection).notify(request_)
    drain()
    sent = told()
    with database.transaction() as connection:
        client.within(connection).cancel("nightly-7", type_="feedback.new")
        connection.rollback()
    drain()
    assert told() == sent > 0
    with database.transaction() as connection:
        assert client.within(connection).cancel("nightly-7", type_="feedback.new") is None
    drain()
    assert (told(), waiting(database)) == (0, 0)


def test_a_cancellation_before_its_request_in_the_same_transaction_lets_it_tell_nobody(
    client: NotificationClient, database: Database, team: str
) -> None:
    with database.transaction() as connection:
        client.within(connection).cancel("nightly-8", type_="feedback.new")
        client.within(connection).notify(EnqueueRequest.from_json(request(team, idempotency_key="nightly-8")))
    drain()
    assert (titles(database), waiting(database)) == ([], 0)


def test_an_unknown_type_in_a_cancellation_is_a_dead_letter_with_its_reason(database: Database, queues: Queues) -> None:
    with database.transaction() as connection:
        write(connection, {"cancel": "nightly-9", "type": "feedback.knew"})
    drain()
    assert waiting(database) == 0
    assert dead_letter_reasons(queues, REQUESTS) == ["type: is not a known notification type"]


STEPS = st.lists(st.sampled_from(["commit", "rollback", "drain", "kill"]), min_size=1, max_size=12)


class Kill(BaseException):
    """The function ends here."""


class Killed:
    """A dispatch whose function is killed before its transaction commits."""

    def __init__(self, inner: Dispatch) -> None:
        self.inner = inner

    def store(self, connection: Connection, submission: Any) -> Any:
        self.inner.store(connection, submission)
        raise Kill

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@given(steps=STEPS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_ends_in_between_each_committed_row_is_told_once(
    database: Database, team: str, steps: list[str]
) -> None:
    with database.transaction() as connection:
        connection.exec_driver_sql("delete from notification_requests")
        connection.exec_driver_sql("delete from notifications")
    committed: list[str] = []
    whole = outbox()
    killed = Outbox(cast("Dispatch", Killed(whole.dispatch)), whole.facts, whole.queues, whole.recall)
    for number, step in enumerate(steps):
        if step in {"commit", "rollback"}:
            with database.transaction() as connection:
                write(connection, request(team, f"{number:02}"))
                if step == "rollback":
                    connection.rollback()
                else:
                    committed.append(f"{number:02}")
        elif step == "drain":
            drain()
        elif waiting(database):
            with pytest.raises(Kill):
                killed.drain(deadline=utc_now() + timedelta(seconds=30))
    drain()
    assert titles(database) == committed
