"""Every port at which a running laptop listens, found by asking the system: a foreign web page gets nothing from any."""

import json
import signal
import socket
import ssl
import struct
import subprocess
import sys
from collections.abc import Iterator
from getpass import getuser
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.sync.client import connect

from infra.local.account import LOOPBACK
from infra.local.laptop.instance import Instance, NotRunning
from infra.local.postgres.postmaster import wait_until
from tests.support.foreign_pages import FOREIGN, NAMELESS, ask_by_http2
from tests.support.listening import PROC, Listener, listeners

pytestmark = pytest.mark.skipif(not PROC.exists(), reason="only Linux tells which process listens where")
START_SECONDS = 120
TIMEOUT = 20
#: Ports that speak plain HTTP: gateway, invoke API, SQS, console, Resend, mailbox, the fakes of other channels, one of lines.
PLAIN = 13
#: Paths that do something where a door stands open: a fault, a read mail, a command in the address, an invocation.
PATHS = ("/", "/faults", "/mails", "/?Action=ListQueues&Version=2012-11-05", "/_ministack/reset", "/v1/auth/send-code")
PASSWORD_ASKED = {3, 5, 10}  # clear text, MD5, SASL: https://www.postgresql.org/docs/18/protocol-message-formats.html


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laptop") / "data"


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "infra.cli.main", "up", "--port", "0", "--no-demo", "--data-dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: serves(folder) or process.poll() is not None, seconds=START_SECONDS)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def serves(folder: Path) -> bool:
    try:
        return bool(Instance(folder).state())
    except NotRunning:
        return False


@pytest.fixture(scope="module")
def ports(running: subprocess.Popen[bytes]) -> set[Listener]:
    return listeners(running.pid)


@pytest.fixture(scope="module")
def trust(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "providers" / "certificate.pem")


def status(connection: HTTPConnection, method: str, path: str, headers: dict[str, str]) -> int | None:
    """Return the status of the answer; None where the port speaks no HTTP."""
    try:
        connection.putrequest(method, path, skip_host=True)
        usual = {"host": f"{LOOPBACK}:{connection.port}", "user-agent": "test", "content-length": "2"}
        for name, value in {**usual, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(b"{}")
        return connection.getresponse().status
    except (HTTPException, OSError):
        return None
    finally:
        connection.close()


def protocol(port: int, trust: ssl.SSLContext) -> str:
    """Return the protocol spoken at the port, found by trying; `unknown` where nothing fits."""
    if status(HTTPConnection(LOOPBACK, port, timeout=TIMEOUT), "GET", "/", {}) is not None:
        return "http"
    offered = ssl.create_default_context(cafile=None)
    offered.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(trust.get_ca_certs(binary_form=True)[0]))
    offered.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with offered.wrap_socket(socket.create_connection((LOOPBACK, port), TIMEOUT), server_hostname=LOOPBACK) as tls:
            return str(tls.selected_alpn_protocol())
    except OSError:
        return websocket(port) or ("postgres" if authentication(port, "postgres") is not None else "unknown")


def websocket(port: int) -> str | None:
    """Return `websocket` where one could be opened by whoever may: a request with a body, as above, is none."""
    try:
        connect(f"ws://{LOOPBACK}:{port}/")
    except InvalidStatus as refused:
        return "websocket" if refused.response.status_code == 403 else None
    except (InvalidHandshake, OSError):
        return None
    return "open to anybody"


def authentication(port: int, user: str) -> int | None:
    """Return the authentication that Postgres asks of that user; 0 means none."""
    parameters = f"user\0{user}\0database\0owlpost\0\0".encode()
    with socket.create_connection((LOOPBACK, port), TIMEOUT) as connection:
        connection.sendall(struct.pack(">ii", 8 + len(parameters), 196_608) + parameters)
        answer = connection.recv(9, socket.MSG_WAITALL)
    return struct.unpack(">i", answer[5:])[0] if answer[:1] == b"R" else None


def test_every_port_is_of_a_known_kind_and_bound_to_the_loopback_address(
    ports: set[Listener], folder: Path, trust: ssl.SSLContext
) -> None:
    assert {str(each.address) for each in ports} == {LOOPBACK}
    state = Instance(folder).state()
    named = [
        state["api"],
        state["lambda"],
        state["sqs"],
        state["mailbox"],
        state["console"],
        state["lines"],
        state["line_commands"],
        state["database"],
        *state["providers"].values(),
    ]
    assert {urlsplit(url).port for url in named} == {each.port for each in ports}
    kinds = sorted(protocol(each.port, trust) for each in ports)
    assert kinds == ["h2", "h2", *["http"] * PLAIN, "postgres", "websocket"], json.dumps(state)


@pytest.mark.parametrize("page", FOREIGN)
def test_no_foreign_page_gets_an_answer_from_any_port(ports: set[Listener], trust: ssl.SSLContext, page: str) -> None:
    headers, knocks = FOREIGN[page], 0
    for port in (each.port for each in ports):
        for method in ("GET", "POST", "DELETE"):
            for path in PATHS:
                plain = status(HTTPConnection(LOOPBACK, port, timeout=TIMEOUT), method, path, headers)
                assert plain in {403, None}, (port, method, path)
                knocks += plain == 403
    assert knocks == PLAIN * 3 * len(PATHS)  # else something was not asked at all


@pytest.mark.parametrize("page", [page for page in FOREIGN if page != NAMELESS])
def test_no_foreign_page_gets_an_answer_from_a_port_with_tls(
    ports: set[Listener], trust: ssl.SSLContext, page: str
) -> None:
    tls = [each.port for each in ports if protocol(each.port, trust) == "h2"]
    for port in tls:
        for path in PATHS:
            assert ask_by_http2(f"https://{LOOPBACK}:{port}", "GET", path, FOREIGN[page], trust) == 403
            answer = status(HTTPSConnection(LOOPBACK, port, timeout=TIMEOUT, context=trust), "GET", path, FOREIGN[page])
            assert answer in {403, None}  # APNs speaks HTTP/2 alone
    assert len(tls) == 2


@pytest.mark.parametrize("user", ["postgres", "owlpost", "nobody", getuser()])
def test_the_database_lets_nobody_in_without_a_password(
    ports: set[Listener], trust: ssl.SSLContext, folder: Path, user: str
) -> None:
    (port,) = (each.port for each in ports if protocol(each.port, trust) == "postgres")
    assert authentication(port, user) in PASSWORD_ASKED
    assert folder.stat().st_mode & 0o077 == 0
