"""The connection that the services work by."""

import socket

from owlpost.db.session import Database


def test_what_is_long_is_sent_without_waiting_for_acknowledgements(database: Database) -> None:
    with database.transaction() as connection:
        sent_by = connection.connection.driver_connection
        assert sent_by is not None
        assert sent_by._usock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
