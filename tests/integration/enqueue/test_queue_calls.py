"""Messages to a server that closes connections, says nothing or refuses: each arrives, as through botocore alone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from botocore.config import Config

from owlpost import aws
from owlpost.queue import Queues
from owlpost.queue_calls import QuickBatches
from owlpost.queue_messages import Message
from owlpost.sandbox import Sandbox

#: What the server does with a call. After HANG_UP_AFTER the answer has come, and nothing announced the end.
TAKE, HANG_UP_AFTER, HANG_UP, AWAY, SILENT = "take", "hang up after", "hang up", "away", "silent"


class Sqs(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.acts: list[str] = []
        self.bodies: list[list[str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Sqs

    def do_POST(self) -> None:
        entries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["Entries"]
        self.server.bodies.append([entry["MessageBody"] for entry in entries])
        try:
            act = self.server.acts.pop(0)  # in one step, as several calls may come at once
        except IndexError:
            act = TAKE
        if act == SILENT:
            self.rfile.read(1)  # until the client hangs up
        if act in {HANG_UP, SILENT}:
            self.close_connection = True
            return
        answer = json.dumps({"Successful": [{"Id": entry["Id"]} for entry in entries]}).encode()
        self.send_response(503 if act == AWAY else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = act == HANG_UP_AFTER

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqs]:
    with Sqs() as server:
        for name, value in {"ACCESS_KEY_ID": "any", "SECRET_ACCESS_KEY": "any", "DEFAULT_REGION": "us-east-1"}.items():
            monkeypatch.setenv(f"AWS_{name}", value)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", server.url)
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def queues(sqs: Sqs, *, read_timeout: float = 5) -> Iterator[Queues]:
    config = Config(
        read_timeout=read_timeout, retries={"mode": "standard", "max_attempts": 1}, parameter_validation=False
    )
    with Sandbox():
        made = Queues(lambda: aws.client("sqs", config=config), {"email": f"{sqs.url}/1/email"}, sending=QuickBatches)
        yield made
        made.client.close()


@pytest.mark.parametrize("act", [HANG_UP, AWAY, SILENT])
def test_a_call_without_a_plain_answer_is_made_again(sqs: Sqs, act: str) -> None:
    sqs.acts = [TAKE, act]
    with queues(sqs, read_timeout=2 if act == SILENT else 5) as ours:
        assert [ours.send("email", [Message(body)]) for body in ("one", "two", "three")] == [0, 0, 0]
    assert sqs.bodies == [["one"], ["two"], ["two"], ["three"]]


def test_a_connection_that_was_closed_meanwhile_costs_no_message_and_no_second_try(sqs: Sqs) -> None:
    sqs.acts = [HANG_UP_AFTER, HANG_UP_AFTER, HANG_UP_AFTER]
    with queues(sqs) as ours:
        for body in ("one", "two", "three"):
            assert ours.send("email", [Message(body)]) == 0
    assert sqs.bodies[0] == ["one"]
    assert sqs.bodies[-1] == ["three"]


@pytest.mark.parametrize("act", [HANG_UP, AWAY])
def test_a_server_that_stays_away_leaves_the_messages_to_the_sweep(sqs: Sqs, act: str) -> None:
    sqs.acts = [TAKE, *[act] * 20]
    with queues(sqs) as ours:
        assert [ours.send("email", [Message(body)]) for body in ("one", "two")] == [0, 1]
    assert sqs.bodies == [["one"], *[["two"]] * 3]  # the shortest way, and botocore with its one retry


def test_many_batches_at_once_arrive_each(sqs: Sqs) -> None:
    sqs.acts = [TAKE, AWAY, HANG_UP, TAKE, HANG_UP_AFTER, TAKE]
    with queues(sqs) as ours:
        assert ours.send("email", [Message("first")]) == 0
        assert ours.send("email", [Message(str(number)) for number in range(205)]) == 0
    assert {body for bodies in sqs.bodies for body in bodies} == {"first", *map(str, range(205))}
