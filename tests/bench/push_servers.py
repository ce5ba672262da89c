"""Where the pushes go: servers that run as processes of their own, so that their CPU is not counted with the sender's."""

import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.providers.credentials import Credentials
from infra.local.providers.listener import LOOPBACK
from owlpost.channels.http2.client import tls_context
from tests.bench.push_work import TOKENS

FAKE, NGHTTPD = "the fake APNs", "nghttpd"
MISSING = "not installed: apt-get install nghttp2-client nghttp2-server"
STREAMS = 1_000
#: So wide (2 to the power of it) that nobody's pushes wait for the server's windows: aioapns would sleep for a second.
STREAM_WINDOW_BITS, CONNECTION_WINDOW_BITS = 20, 24
START_SECONDS = 10


@dataclass(frozen=True, slots=True)
class PushServer:
    """A server over TLS that takes `STREAMS` streams a connection; `credentials` are the accounts that it knows."""

    name: str
    port: int
    credentials: Credentials

    @property
    def origin(self) -> str:
        return f"https://{LOOPBACK}:{self.port}"

    def tls(self) -> ssl.SSLContext:
        """The channel's own TLS, for everyone alike."""
        return tls_context(str(self.credentials.certificate))


class ServerFailed(Exception):
    """A server did not start; what it said is on the standard error."""


@contextmanager
def fake_apns(folder: Path) -> Iterator[PushServer]:
    """The laptop's fake, which checks and records every push."""
    command = [sys.executable, "-m", "infra.local.providers.main", "--data-dir", str(folder), "--until-eof"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdin is None or process.stdout is None or not (announced := process.stdout.readline()):
                raise ServerFailed("the fake providers")
            port = int(json.loads(announced)["apns"].rpartition(":")[2])
            yield PushServer(FAKE, port, Credentials(folder))
        finally:
            process.communicate()  # it ends when nobody holds its input any more


def has_nghttp2() -> bool:
    return all(shutil.which(program) for program in ("nghttpd", "h2load"))


@contextmanager
def nghttpd(folder: Path) -> Iterator[PushServer]:
    """A server in C, which says yes to a path where it has a file: an empty one for each of the bench's device tokens."""
    credentials = Credentials(folder)
    devices = folder / "htdocs" / "3" / "device"
    devices.mkdir(parents=True)
    for token in TOKENS:
        (devices / token).touch()
    port = _free_port()
    command = [
        *("nghttpd", f"--address={LOOPBACK}", f"--htdocs={folder / 'htdocs'}", f"--max-concurrent-streams={STREAMS}"),
        *(f"--window-bits={STREAM_WINDOW_BITS}", f"--connection-window-bits={CONNECTION_WINDOW_BITS}"),
        *(str(port), str(credentials.certificate_key), str(credentials.certificate)),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _await_listening(port)
            yield PushServer(NGHTTPD, port, credentials)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _await_listening(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((LOOPBACK, port)).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
