"""One call of a provider: its deadline, what is read of the answer, and what may have happened where none came."""

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from owlpost.channels.http_call import MOST_READ, HttpCall
from owlpost.channels.replies import AnswerLostError, NotSentError
from tests.support.receiving import ScriptedReceiver, status

#: Far more than a call on loopback takes, and far less than a test may hang.
SECONDS = 10.0


@pytest.fixture
def receiver() -> Iterator[ScriptedReceiver]:
    with ScriptedReceiver() as running:
        yield running


def test_status_headers_and_body_come_back(receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda posted, _: status(429, "Retry-After: 7", body=posted.body)
    reply = HttpCall().post(receiver.url("/x"), b"hello", {"content-type": "text/plain"}, seconds=SECONDS)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (429, "7", b"hello")


def test_a_redirect_is_an_answer_and_not_followed(receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda *_: status(302, f"location: {receiver.url('/elsewhere')}")
    assert HttpCall().post(receiver.url("/x"), b"", {}, seconds=SECONDS).status == 302
    assert [posted.path for posted in receiver.posted] == ["/x"]


def test_no_proxy_of_the_environment_sees_the_secret(
    receiver: ScriptedReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert HttpCall().post(receiver.url("/x"), b"", {}, seconds=SECONDS).status == 200


def test_so_much_of_an_answer_is_read_and_no_more(receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda *_: status(200, body=b"x" * (MOST_READ + 1))
    assert len(HttpCall().post(receiver.url(), b"", {}, seconds=SECONDS).body) == MOST_READ


def test_nobody_there_means_that_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NotSentError):
            HttpCall().post(f"http://127.0.0.1:{taken.getsockname()[1]}/x", b"", {}, seconds=SECONDS)


def test_a_connection_that_ends_before_the_answer_leaves_doubt(receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda *_: b""
    with pytest.raises(AnswerLostError):
        HttpCall().post(receiver.url(), b"hello", {}, seconds=SECONDS)
    assert len(receiver.posted) == 1


def test_a_server_that_drips_is_left_at_the_deadline() -> None:
    """Each byte comes well within any time limit of a single step."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server,), daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(AnswerLostError):
            HttpCall().post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"", {}, seconds=2)
        assert time.monotonic() - begun < SECONDS


def _drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        try:
            while True:
                connection.sendall(b"y")
                threading.Event().wait(0.05)
        except OSError:
            return


def test_urls_are_in_no_log(receiver: ScriptedReceiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    HttpCall().post(receiver.url("/T0K3N"), b"", {}, seconds=SECONDS)
    assert "T0K3N" not in caplog.text
    assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert not logging.getLogger("httpcore").isEnabledFor(logging.DEBUG)
