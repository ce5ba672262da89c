"""A call to a URL that a stranger typed reaches nothing inside, follows nothing, and is bounded in time and size."""

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import httpcore
import pytest

from infra.local.providers.certificate import ensure_certificate
from owlpost.channels.guarded import (
    MOST_READ,
    BlockedAddressError,
    GuardedClient,
    addresses_of,
)
from owlpost.channels.replies import AnswerLostError, NotSentError, Reply
from tests.support.receiving import Posted, ScriptedReceiver, status

#: Far more than a call on loopback takes, and far less than a test may hang.
SECONDS = 10.0
PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


class Unplugged(httpcore.SyncBackend):
    """Notes where a connection is to go, and makes none."""

    def __init__(self) -> None:
        self.connected: list[tuple[str, int]] = []

    def connect_tcp(self, host: str, port: int, *_: object) -> httpcore.NetworkStream:
        self.connected.append((host, port))
        raise httpcore.ConnectError("unplugged")


def post(client: GuardedClient, url: str, *, seconds: float = SECONDS) -> Reply:
    return client.post(url, b"{}", {"content-type": "application/json"}, seconds=seconds)


def client(*inside: str, resolve: Callable[[str, int], list[str]] = addresses_of) -> GuardedClient:
    return GuardedClient(httpcore.default_ssl_context(), frozenset(inside), resolve)


def resolved(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "169.254.169.254", "10.0.0.1", "::ffff:127.0.0.1", "fd00:ec2::254"]
)
def test_a_name_that_leads_inside_is_not_connected_to(address: str) -> None:
    with ScriptedReceiver() as receiver:
        with pytest.raises(BlockedAddressError):
            post(client(resolve=resolved(address)), f"http://hooks.example.com:{receiver.port}/hook")
        assert receiver.connections == 0


def test_one_address_inside_among_public_ones_blocks_the_name() -> None:
    with ScriptedReceiver() as receiver:
        with pytest.raises(BlockedAddressError):
            post(client(resolve=resolved(PUBLIC, "127.0.0.1")), f"http://hooks.example.com:{receiver.port}/hook")
        assert receiver.connections == 0


def test_a_name_is_resolved_once_so_that_dns_cannot_change_its_answer_after_the_check() -> None:
    asked: list[str] = []
    network = Unplugged()

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC, OTHER] if len(asked) == 1 else ["127.0.0.1"]

    calling = GuardedClient(httpcore.default_ssl_context(), resolve=rebinding, network=network)
    with pytest.raises(NotSentError):
        post(calling, "https://hooks.example.com/hook")
    assert asked == ["hooks.example.com"]
    assert network.connected == [(PUBLIC, 443), (OTHER, 443)]  # never the name, which would be resolved again


def test_a_look_up_that_fails_sends_nothing_and_may_pass() -> None:
    def failing(_host: str, _port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(NotSentError):
        post(client(resolve=failing), "https://hooks.example.com/hook")
    with pytest.raises(NotSentError):
        post(client(resolve=resolved()), "https://hooks.example.com/hook")


def test_what_an_operator_allows_is_called_though_it_is_inside() -> None:
    with ScriptedReceiver() as receiver:
        assert post(client(receiver.place), receiver.url()).status == 200
        with pytest.raises(BlockedAddressError):
            post(client(f"localhost:{receiver.port}"), receiver.url())


def test_a_redirect_is_an_answer_and_leads_nowhere() -> None:
    with ScriptedReceiver() as inner, ScriptedReceiver() as receiver:
        receiver.answer = lambda *_: status(307, f"location: {inner.url()}")
        assert post(client(receiver.place, inner.place), receiver.url()).status == 307
        assert inner.connections == 0


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedReceiver() as proxy, ScriptedReceiver() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.place}")
        assert post(client(receiver.place), receiver.url()).status == 200
        assert proxy.connections == 0


def test_no_more_of_an_answer_is_read_than_the_bound() -> None:
    sent = threading.Event()

    def endless(_posted: Posted, connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                connection.sendall(b"400\r\n" + b"x" * 1024 + b"\r\n")
        except OSError:
            sent.set()

    with ScriptedReceiver(endless) as receiver:
        reply = post(client(receiver.place), receiver.url())
        assert len(reply.body) == MOST_READ
        assert sent.wait(SECONDS)  # we hung up


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200 OK\r\nx: ", b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"]
)
def test_a_receiver_that_drips_is_left_at_the_deadline(beginning: bytes) -> None:
    pace = threading.Event()

    def dripping(_posted: Posted, connection: socket.socket) -> None:
        connection.sendall(beginning)
        while not pace.wait(0.01):
            connection.sendall(b"x")

    with ScriptedReceiver(dripping) as receiver, pytest.raises(AnswerLostError):
        post(client(receiver.place), receiver.url(), seconds=2)


@pytest.mark.parametrize(
    "garbage", [b"", b"\x00\xff\x00", b"HTTP/9 what\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 99999 x\r\n\r\n"]
)
def test_an_answer_that_is_no_http_is_a_lost_one(garbage: bytes) -> None:
    with ScriptedReceiver(lambda *_: garbage) as receiver, pytest.raises(AnswerLostError):
        post(client(receiver.place), receiver.url())


def test_a_port_where_nobody_listens_was_sent_nothing() -> None:
    with socket.socket() as bound:  # and held, or another could take the port meanwhile
        bound.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(NotSentError):
            post(client(place), f"http://{place}/hook")


def test_the_certificate_has_to_be_of_the_name_and_not_of_the_address(tmp_path: Path) -> None:
    certificate, key = tmp_path / "ca.pem", tmp_path / "key.pem"
    ensure_certificate(certificate, key)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    trusting = httpcore.default_ssl_context()
    trusting.load_verify_locations(certificate)
    with ScriptedReceiver(tls=tls) as receiver:
        inside = {f"{host}:{receiver.port}" for host in ("localhost", "hooks.example.com")}
        calling = GuardedClient(trusting, inside, resolved("127.0.0.1"))
        assert post(calling, f"https://localhost:{receiver.port}/hook").status == 200
        with pytest.raises(NotSentError):  # its certificate names localhost and 127.0.0.1
            post(calling, f"https://hooks.example.com:{receiver.port}/hook")
        with pytest.raises(NotSentError):  # nobody we know has signed it
            post(GuardedClient(httpcore.default_ssl_context(), inside), f"https://localhost:{receiver.port}/hook")
