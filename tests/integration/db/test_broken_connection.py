"""A connection that breaks in the middle of a statement: with a reset, as when a database fails over, not with a farewell."""

import gc
import socket
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Self

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from infra.local.postgres.server import Postgres
from owlpost.db.outage import is_outage
from owlpost.db.session import Database, DatabaseAddress

#: Closing sends a reset at once (SO_LINGER with no time to linger).
RESET = struct.pack("ii", 1, 0)
ONE = text("select 1")


class Relay:
    """Stands between us and Postgres; once told so, it resets the connection instead of passing on what we say next."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._here = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.breaks_at_next = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._here.close()
        self._break_off()

    @property
    def port(self) -> int:
        return int(self._here.getsockname()[1])

    def _break_off(self) -> None:
        while self._pairs:
            near, far = self._pairs.pop()
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            for each in (near, far):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RD)  # wakes the thread that reads from it
                each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, far = self._here.accept()[0], socket.create_connection(self._there)
                self._pairs.append((near, far))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if self.breaks_at_next:
                    self.breaks_at_next = False
                    self._break_off()
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


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
