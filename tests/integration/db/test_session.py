"""The connection that the services work by."""

import socket

import pytest
from sqlalchemy import text

from owlpost.db.session import Database


def test_what_is_long_is_sent_without_waiting_for_acknowledgements(database: Database) -> None:
    with database.transaction() as connection:
        sent_by = connection.connection.driver_connection
        assert sent_by is not None
        assert sent_by._usock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    "poison", ["\ud800", "a" * 70_000 + "\udfff"], ids=["short", "longer than the driver's buffer"]
)
def test_a_parameter_that_the_driver_cannot_encode_hurts_its_own_statement_alone(
    database: Database, poison: str
) -> None:
    for _ in range(3):
        with pytest.raises(UnicodeEncodeError), database.transaction() as connection:
            connection.execute(text("select cast(:value as text)"), {"value": poison})
        for number in range(3):
            with database.transaction() as connection:
                assert (
                    connection.execute(text("select cast(:value as integer)"), {"value": number}).scalar_one() == number
                )


def test_a_parameter_that_cannot_be_encoded_takes_back_what_its_transaction_did(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("create table if not exists public.attempted (value integer)"))

    def add_then_fail() -> None:
        with database.transaction() as connection:
            connection.execute(text("insert into attempted values (1)"))
            connection.execute(text("select cast(:value as text)"), {"value": "\ud800"})

    with pytest.raises(UnicodeEncodeError):
        add_then_fail()
    with database.transaction() as connection:
        assert connection.execute(text("select count(*) from attempted")).scalar_one() == 0
        connection.execute(text("drop table attempted"))
