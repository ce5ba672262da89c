"""A sandbox that is frozen keeps its connection: the server ends it, so that the database can pause."""

from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import text

from infra.local.postgres.postmaster import wait_until
from infra.local.postgres.server import Postgres
from owlpost.db.session import Database, DatabaseAddress

SESSIONS = text("select count(*) from pg_stat_activity where datname = current_database() and pid = :pid")
PID = text("select pg_backend_pid()")


@pytest.fixture
def impatient(postgres: Postgres, database_name: str) -> Iterator[Database]:
    address = DatabaseAddress(postgres.host, postgres.port, database_name, postgres.user, idle_session_timeout=3)
    database = Database.at(address)
    yield database
    database.close()


def backend(database: Database) -> int:
    with database.transaction() as connection:
        return int(connection.execute(PID).scalar_one())


def is_gone(watcher: Database, pid: int) -> bool:
    with watcher.transaction() as connection:
        return not connection.execute(SESSIONS, {"pid": pid}).scalar_one()


def test_the_server_ends_an_idle_session_and_who_comes_back_gets_a_new_one(
    impatient: Database, another_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        first = backend(impatient)
        assert wait_until(partial(is_gone, another_database, first), seconds=30)
        assert backend(impatient) != first
    assert caplog.records == []


def test_sessions_of_the_functions_end_before_a_pausing_database_would_notice(database: Database) -> None:
    with database.transaction() as connection:
        assert connection.execute(text("show idle_session_timeout")).scalar_one() == "4min"
