"""A stop in the middle of traffic says nothing: no traceback of a loop that is closed already."""

import asyncio
import gc
import logging
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.local.postgres.postmaster import wait_until
from infra.local.providers.server import Providers

CONNECTIONS = 20


def test_connections_that_are_still_agreeing_on_tls_end_without_a_word(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    providers = Providers(folder)
    providers.start()
    host, _, port = providers.urls["apns"].removeprefix("https://").partition(":")
    with ExitStack() as silent, caplog.at_level(logging.DEBUG, logger="asyncio"):
        for _ in range(CONNECTIONS):
            silent.enter_context(socket.create_connection((host, int(port))))
        assert wait_until(lambda: len(asyncio.all_tasks(providers._loop)) > CONNECTIONS, seconds=10)
        providers.stop()
        gc.collect()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
