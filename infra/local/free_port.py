"""A port for a server that starts in a while."""

import random
import socket
from contextlib import suppress

from infra.local.account import LOOPBACK

#: Below the ports of outgoing connections (Linux: 32768 and up), so that none of them takes it in the meantime.
LOWEST, END = 20_000, 32_000


def free_port() -> int:
    """Return a port of the loopback address that nobody has at this moment."""
    while True:
        port = random.randrange(LOWEST, END)  # noqa: S311 (no secret)
        with socket.socket() as probe, suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
