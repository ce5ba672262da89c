"""The fakes' own HTTP/2, against the strict h2 library as the client."""

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, Event, ResponseReceived, StreamEnded, StreamReset

from infra.local.providers.faults import Fault
from infra.local.providers.server import Providers
from tests.support.provider_clients import TOKEN, Pusher


class Wire:
    """One HTTP/2 connection to the fake APNs, with every event that came over it."""

    def __init__(self, providers: Providers, authorization: str) -> None:
        context = ssl.create_default_context(cafile=providers.credentials.certificate)
        context.set_alpn_protocols(["h2"])
        address = urlsplit(providers.urls["apns"])
        plain = socket.create_connection((address.hostname, address.port), timeout=5)
        self.socket = context.wrap_socket(plain, server_hostname=address.hostname)
        self.http = H2Connection(H2Configuration(header_encoding=None))
        self.http.initiate_connection()
        self.events: list[Event] = []
        topic = providers.credentials.accounts.apns_bundle_id
        self._headers = [("authorization", authorization), ("apns-topic", topic), ("apns-push-type", "alert")]

    def push(self, *, padding: int = 0, header: tuple[str, str] = ("apns-collapse-id", "n1")) -> None:
        route = [
            (":method", "POST"),
            (":scheme", "https"),
            (":authority", "localhost"),
            (":path", f"/3/device/{TOKEN}"),
        ]
        stream_id = self.http.get_next_available_stream_id()
        self.http.send_headers(stream_id, [*route, *self._headers, header])
        body = json.dumps({"aps": {"alert": "Hi"}}).encode()
        self.http.send_data(stream_id, body, end_stream=True, pad_length=padding or None)

    def read_until(self, enough: Callable[[], bool]) -> None:
        while not enough():
            self.socket.sendall(self.http.data_to_send())
            data = self.socket.recv(65_536)
            assert data, "the connection ended early"
            self.events += self.http.receive_data(data)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def wire(providers: Providers, push: Pusher) -> Iterator[Wire]:
    connection = Wire(providers, push.authorization)
    yield connection
    connection.socket.close()


def test_one_stream_is_allowed_until_a_good_token_was_seen_then_a_thousand(wire: Wire) -> None:
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1)
    wire.push()
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1000)

    assert wire.of(StreamEnded)


def test_a_stream_too_many_is_refused_and_the_connection_lives(providers: Providers, wire: Wire) -> None:
    providers.faults.add(Fault(provider="apns", fault="timeout_after", times=1))
    wire.push()
    wire.push()  # the settings were not read yet, and the first is never answered
    wire.read_until(lambda: bool(wire.of(StreamReset)))
    wire.http.reset_stream(1)
    wire.push()
    wire.read_until(lambda: bool(wire.of(StreamEnded)))

    (refused,) = wire.of(StreamReset)
    assert isinstance(refused, StreamReset)
    assert (refused.stream_id, refused.error_code) == (3, ErrorCodes.REFUSED_STREAM)
    assert providers.ledger.counts()["mobile_push"] == 2


def test_a_refused_push_narrows_the_connection_and_an_accepted_one_widens_it(providers: Providers, wire: Wire) -> None:
    providers.faults.add(Fault(provider="apns", fault="wrong_topic", after=1, times=1))
    wire.push()
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1000)
    wire.push()
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1)
    wire.push()
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1000)

    assert len(wire.of(StreamEnded)) == 3


def test_a_client_that_knows_the_limit_and_opens_too_many_streams_is_shown_out(
    providers: Providers, wire: Wire
) -> None:
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1)
    wire.socket.sendall(wire.http.data_to_send())  # the acknowledgement
    providers.faults.add(Fault(provider="apns", fault="timeout_after", times=1))
    wire.http.remote_settings.max_concurrent_streams = 2
    wire.http.remote_settings.acknowledge()
    wire.push()
    wire.push()
    wire.read_until(lambda: bool(wire.of(ConnectionTerminated)))

    (goaway,) = wire.of(ConnectionTerminated)
    assert isinstance(goaway, ConnectionTerminated)
    assert goaway.error_code == ErrorCodes.PROTOCOL_ERROR
    assert goaway.additional_data == b"Maximum active streams violated for this endpoint."


def test_hundreds_of_pushes_are_answered_out_of_one_connection(providers: Providers, wire: Wire) -> None:
    wire.push()
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1000)
    providers.faults.add(Fault(provider="apns", fault="latency", delay=0.03))
    for number in range(500):
        wire.push(padding=number % 200, header=("apns-collapse-id", f"n{number}"))
    wire.read_until(lambda: len(wire.of(StreamEnded)) == 501)

    answers = [event for event in wire.events if isinstance(event, ResponseReceived)]
    assert {dict(each.headers or [])[b":status"] for each in answers} == {b"200"}
    assert len({row["collapse_id"] for row in providers.ledger.accepted()}) == 500


def test_header_blocks_may_continue_over_several_frames(wire: Wire) -> None:
    wire.push(header=("x-long", "é".join("abcdefgh" * 1000)))
    wire.push(header=("x-long", "~" * 20_000))
    wire.read_until(lambda: len(wire.of(StreamEnded)) == 2)


def test_goaway_gives_a_reason_and_the_last_processed_stream(providers: Providers, wire: Wire) -> None:
    providers.faults.add(Fault(provider="apns", fault="goaway", after=2, times=1))
    wire.push()
    wire.read_until(lambda: wire.http.remote_settings.max_concurrent_streams == 1000)
    for _ in range(4):
        wire.push()
    wire.read_until(lambda: bool(wire.of(ConnectionTerminated)))

    (goaway,) = wire.of(ConnectionTerminated)
    assert isinstance(goaway, ConnectionTerminated)
    assert (goaway.last_stream_id, goaway.additional_data) == (3, b'{"reason":"Shutdown"}')
    assert providers.ledger.counts()["mobile_push"] == 2


def test_a_client_that_does_not_speak_http2_is_shown_out(providers: Providers, folder: Path) -> None:
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    address = urlsplit(providers.urls["apns"])
    with (
        socket.create_connection((address.hostname, address.port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=address.hostname) as secure,
    ):
        secure.sendall(b"GET /3/device/ab HTTP/1.1\r\nhost: localhost\r\n\r\n")
        client, events = H2Connection(), list[Event]()
        client.initiate_connection()
        while data := secure.recv(65_536):
            events += client.receive_data(data)
    assert [each.error_code for each in events if isinstance(each, ConnectionTerminated)] == [ErrorCodes.PROTOCOL_ERROR]
