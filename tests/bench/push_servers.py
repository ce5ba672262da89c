"""The servers that take the pushes. They run in their own processes, so that their CPU is not the sender's."""

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

from infra.local.free_port import free_port
from infra.local.providers.credentials import Credentials
from infra.local.providers.listener import LOOPBACK
from owlpost.channels.http2.client import tls_context
from tests.bench.push_work import TOKENS

FAKE, NGHTTPD = "the fake APNs", "nghttpd"
MISSING = "not installed: apt-get install nghttp2-client nghttp2-server"
STREAMS = 1_000
#: Windows of 2 to this power, so wide that no push waits for them: aioapns would sleep for a second.
STREAM_WINDOW_BITS, CONNECTION_WINDOW_BITS = 20, 24
START_SECONDS = 10


@dataclass(frozen=True, slots=True)
class PushServer:
    """A TLS server that takes `STREAMS` streams per connection. `credentials` are the accounts that it knows."""

    name: str
    port: int
    credentials: Credentials

    @property
    def origin(self) -> str:
        return f"https://{LOOPBACK}:{self.port}"

    def tls(self) -> ssl.SSLContext:
        """Return the channel's own TLS settings, for all candidates."""
        return tls_context(str(self.credentials.certificate))


class ServerFailed(Exception):
    """A server did not start. Its output is on the standard error."""


@contextmanager
def fake_apns(folder: Path) -> Iterator[PushServer]:
    """Start the laptop's fake, which checks and records every push."""
    command = [sys.executable, "-m", "infra.local.providers.main", "--data-dir", str(folder), "--until-eof"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdin is None or process.stdout is None or not (announced := process.stdout.readline()):
                raise ServerFailed("the fake providers")
            port = int(json.loads(announced)["apns"].rpartition(":")[2])
            yield PushServer(FAKE, port, Credentials(folder))
        finally:
            process.communicate()  # it ends when its input is closed


def has_nghttp2() -> bool:
    return all(shutil.which(program) for program in ("nghttpd", "h2load"))


@contextmanager
def nghttpd(folder: Path) -> Iterator[PushServer]:
    """Start a server in C. It accepts a path that has a file; there is an empty file per device token."""
    credentials = Credentials(folder)
    devices = folder / "htdocs" / "3" / "device"
    devices.mkdir(parents=True)
    for token in TOKENS:
        (devices / token).touch()
    port = free_port()
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
