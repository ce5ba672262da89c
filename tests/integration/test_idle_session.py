"""A sandbox that is frozen keeps its connection: the server ends it, so that the database can pause."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from infra.local.postgres import Postgres
from owlpost.db.session import Database, DatabaseAddress

SESSIONS = text("select count(*) from pg_stat_activity where datname = current_database() and pid = :pid")
PID = text("select pg_backend_pid()")


@pytest.fixture
def impatient(postgres: Postgres, database_name: str) -> Iterator[Database]:
    address = DatabaseAddress(postgres.host, postgres.port, database_name, postgres.user, idle_session_timeout=1)
    database = Database.at(address)
    yield database
    database.close()


def backend(database: Database) -> int:
    with database.transaction() as connection:
        return int(connection.execute(PID).scalar_one())


def wait_until_gone(watcher: Database, pid: int, *, seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with watcher.transaction() as connection:
            if not connection.execute(SESSIONS, {"pid": pid}).scalar_one():
                return True
        time.sleep(0.05)
    return False


def test_the_server_ends_an_idle_session_and_who_comes_back_gets_a_new_one(
    impatient: Database, another_database: Database
) -> None:
    for _ in range(2):
        first = backend(impatient)
        assert wait_until_gone(another_database, first)
        assert backend(impatient) != first


def test_sessions_of_the_functions_end_before_a_pausing_database_would_notice(database: Database) -> None:
    with database.transaction() as connection:
        assert connection.execute(text("show idle_session_timeout")).scalar_one() == "4min"
