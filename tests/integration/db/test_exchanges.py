"""How often the database is asked: between zones each exchange costs most of a millisecond."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from infra.local.postgres.server import Postgres
from owlpost.db import driver
from owlpost.db.session import Database, DatabaseAddress
from tests.support.relay import Relay

ECHO = text("select cast(:value as text)")


@pytest.fixture
def relay(postgres: Postgres) -> Iterator[Relay]:
    with Relay(postgres.host, postgres.port) as relay:
        yield relay


@pytest.fixture
def database(relay: Relay, postgres: Postgres, database_name: str) -> Iterator[Database]:
    address = DatabaseAddress(host="127.0.0.1", port=relay.port, name=database_name, user=postgres.user)
    database = Database.at(address)
    with database.transaction() as connection:
        connection.execute(text("create table if not exists public.kept (value text)"))
    yield database
    with database.transaction() as connection:
        connection.execute(text("drop table public.kept"))
    database.close()


def test_a_transaction_of_one_statement_asks_whether_the_connection_is_there_runs_and_commits(
    relay: Relay, database: Database
) -> None:
    before = relay.asked
    with database.transaction() as connection:
        assert connection.execute(ECHO, {"value": "owl"}).scalar_one() == "owl"
    assert relay.asked - before == 3


def test_one_statement_that_changes_something_commits_by_itself(relay: Relay, database: Database) -> None:
    before = relay.asked
    with database.single() as connection:
        connection.execute(text("insert into kept values (:value)"), {"value": "owl"})
    assert relay.asked - before == 2
    with database.reading() as connection:
        assert connection.execute(text("select count(*) from kept where value <> :no"), {"no": ""}).scalar_one() == 1


def test_what_only_reads_begins_and_commits_nothing(relay: Relay, database: Database) -> None:
    before = relay.asked
    with database.reading() as connection:
        assert connection.execute(ECHO, {"value": "owl"}).scalar_one() == "owl"
    assert relay.asked - before == 2


def test_within_one_request_the_connection_is_asked_only_once_whether_it_is_there(
    relay: Relay, database: Database
) -> None:
    before = relay.asked
    with database.request():
        for _ in range(3):
            with database.reading() as connection:
                connection.execute(ECHO, {"value": "owl"})
    assert relay.asked - before == 4
    with database.reading() as connection:
        connection.execute(ECHO, {"value": "owl"})
    assert relay.asked - before == 6


def test_a_connection_that_breaks_between_two_requests_is_replaced_at_the_next(
    relay: Relay, database: Database
) -> None:
    with database.request(), database.reading() as connection:
        connection.execute(ECHO, {"value": "owl"})
    relay.breaks_at_next = True
    with database.request(), database.reading() as connection:
        assert connection.execute(ECHO, {"value": "owl"}).scalar_one() == "owl"


def test_a_transaction_after_a_reading_is_one_again(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(ECHO, {"value": "owl"})
    with pytest.raises(DBAPIError), database.transaction() as connection:
        connection.execute(
            text("insert into kept values (:value) returning 1 / (length(:value) - 3)"), {"value": "owl"}
        )
    with database.reading() as connection:
        assert connection.execute(text("select count(*) from kept where value <> :no"), {"no": ""}).scalar_one() == 0


def test_a_fault_in_a_reading_hurts_nothing_after_it(database: Database) -> None:
    with pytest.raises(DBAPIError), database.reading() as connection:
        connection.execute(text("select cast(:value as integer)"), {"value": "owl"})
    with database.transaction() as connection:
        assert connection.execute(ECHO, {"value": "owl"}).scalar_one() == "owl"


def test_a_statement_whose_transaction_did_not_begin_does_not_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = driver._parse(b"begin nothing of the kind") + driver._bind(()) + driver._EXECUTE
    with monkeypatch.context() as patched:
        patched.setattr(driver, "_BEGIN", begin)
        with pytest.raises(DBAPIError), database.transaction() as connection:
            connection.execute(text("insert into kept values (:value)"), {"value": "owl"})
    with database.reading() as connection:
        assert connection.execute(text("select count(*) from kept where value <> :no"), {"no": ""}).scalar_one() == 0


def test_a_second_statement_does_not_begin_again(relay: Relay, database: Database) -> None:
    with database.transaction() as connection:
        at = [connection.execute(text("select pg_current_xact_id(), :n"), {"n": n}).scalar_one() for n in range(2)]
    assert at[0] == at[1]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 30, tzinfo=UTC),
        datetime(2026, 11, 30, 1, 2, 3, 450_000, tzinfo=UTC),
        datetime(1066, 10, 14, 9, tzinfo=timezone(timedelta(hours=2))),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_time_comes_back_as_it_was(database: Database, moment: datetime) -> None:
    with database.reading() as connection:
        assert connection.execute(text("select cast(:at as timestamptz)"), {"at": moment}).scalar_one() == moment


@pytest.mark.parametrize("endless", ["infinity", "-infinity", "20000-01-01 00:00:00+00"])
def test_a_time_that_python_does_not_have_stays_a_text(database: Database, endless: str) -> None:
    with database.reading() as connection:
        assert connection.execute(text("select cast(:at as timestamptz)"), {"at": endless}).scalar_one() == endless


def test_a_statement_may_have_more_values_than_a_signed_count_holds(database: Database) -> None:
    values = {f"v{n}": n for n in range(33_000)}
    asked = text(f"select cardinality(array[{', '.join(f':{name}' for name in values)}])")
    with database.reading() as connection:
        assert connection.execute(asked, values).scalar_one() == 33_000
