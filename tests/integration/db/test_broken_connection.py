"""A connection that breaks in the middle of a statement: with a reset, as when a database fails over, not with a farewell."""

import gc
import warnings
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from infra.local.postgres.server import Postgres
from owlpost.db.outage import is_outage
from owlpost.db.session import Database, DatabaseAddress
from tests.support.relay import Relay

ONE = text("select 1")


@pytest.fixture
def relay(postgres: Postgres) -> Iterator[Relay]:
    with Relay(postgres.host, postgres.port) as relay:
        yield relay


@pytest.fixture
def database(relay: Relay, postgres: Postgres, database_name: str) -> Iterator[Database]:
    database = Database.at(DatabaseAddress("127.0.0.1", relay.port, database_name, postgres.user))
    yield database
    database.close()


def test_what_was_to_be_recorded_is_tried_again_over_a_new_connection(relay: Relay, database: Database) -> None:
    tries: list[int] = []

    def record(connection: Connection) -> int:
        tries.append(len(tries))
        connection.execute(ONE)
        if len(tries) == 1:
            relay.breaks_at_next = True
        return int(connection.execute(ONE).scalar_one())

    assert database.persist(record) == 1
    assert tries == [0, 1]


def test_what_is_lost_at_its_commit_is_recorded_again(relay: Relay, database: Database) -> None:
    tries: list[int] = []

    def record(connection: Connection) -> None:
        tries.append(len(tries))
        connection.execute(ONE)
        relay.breaks_at_next = len(tries) == 1

    database.persist(record)
    assert tries == [0, 1]


def test_a_reset_is_an_outage_and_the_connection_is_not_used_again(relay: Relay, database: Database) -> None:
    def break_in_the_middle() -> None:
        with database.transaction() as connection:
            connection.execute(ONE)
            relay.breaks_at_next = True
            connection.execute(ONE)

    with pytest.raises(DBAPIError) as caught:
        break_in_the_middle()
    assert is_outage(caught.value)
    assert caught.value.connection_invalidated
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        del caught
        gc.collect()
    assert [str(each.message) for each in warned if "socket" in str(each.message)] == []
    with database.transaction() as connection:
        assert connection.execute(ONE).scalar_one() == 1
