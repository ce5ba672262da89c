"""Unit tests talk to nobody."""

import pytest


@pytest.fixture(autouse=True)
def _no_sockets(socket_disabled: None) -> None:
    """A test that opens a socket fails, and says so."""
