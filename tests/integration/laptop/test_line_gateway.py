"""The laptop's WebSocket API: connections as API Gateway holds them, and `@connections` by AWS' own client."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes.api_gateway_websocket_event import APIGatewayWebSocketEvent
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from infra.local.runtime.engine import Engine
from infra.local.runtime.line_gateway import LineGateway
from infra.topology.model import LineApi
from tests.support.engine_stage import Notes, eventually, function, small_topology

API = LineApi("doorkeeper", stage="lines", selection="$request.body.action", answers={"ping": '{"pong":true}'})


#: A function starts cold behind a connection, and on a busy machine that takes its time.
SECONDS = 60.0


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Notes:
    return Notes(tmp_path_factory.mktemp("notes") / "notes")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, notes: Notes) -> Iterator[Engine]:
    plan = small_topology()
    plan = replace(plan, functions=(*plan.functions, function("doorkeeper")), lines=API)
    settings = {"RECORD_FILE": str(notes.path)}
    with Engine(plan, data_dir=tmp_path_factory.mktemp("engine"), database={}, environment=settings) as engine:
        yield engine


@pytest.fixture
def gateway(engine: Engine) -> LineGateway:
    assert engine.lines is not None
    return engine.lines


@pytest.fixture
def line(gateway: LineGateway) -> Iterator[Connection]:
    with connect(f"{gateway.url}?ticket=a%20b&ticket=c", origin="http://localhost:1", open_timeout=SECONDS) as line:  # type: ignore[arg-type]
        yield line


@pytest.fixture
def commands(gateway: LineGateway, aws: boto3.Session) -> Any:
    return aws.client("apigatewaymanagementapi", endpoint_url=gateway.endpoint)


def _last(notes: Notes, kind: str) -> dict[str, Any]:
    eventually(lambda: any(_kind(each) == kind for each in notes.lines()))
    found: dict[str, Any] = [each["event"] for each in notes.lines() if _kind(each) == kind][-1]
    return found


def _ended(notes: Notes, reason: str) -> list[Any]:
    """The ends that were told with this reason. The end of an earlier test's line may be told late."""
    ends = [each["event"]["requestContext"] for each in notes.lines() if _kind(each) == "DISCONNECT"]
    return [each for each in ends if each["disconnectReason"] == reason]


def _kind(line: dict[str, Any]) -> str:
    return str(line["event"].get("requestContext", {}).get("eventType"))


def test_a_connection_is_asked_for_as_an_event(line: Connection, notes: Notes) -> None:
    event = _last(notes, "CONNECT")
    context = event["requestContext"]
    assert (context["routeKey"], context["stage"], context["domainName"]) == ("$connect", "lines", "localhost")
    assert (context["messageDirection"], context["identity"]["sourceIp"]) == ("IN", "127.0.0.1")
    assert context["connectedAt"] == context["requestTimeEpoch"]
    assert event["queryStringParameters"] == {"ticket": "c"}
    assert event["multiValueQueryStringParameters"] == {"ticket": ["a b", "c"]}
    assert event["multiValueHeaders"]["Origin"] == ["http://localhost:1"]
    assert event["headers"]["X-Forwarded-Proto"] == "http"
    parsed = APIGatewayWebSocketEvent(event)
    assert parsed.request_context.connection_id == context["connectionId"]


def test_its_end_is_told_with_code_and_reason(gateway: LineGateway, notes: Notes) -> None:
    with connect(gateway.url, open_timeout=SECONDS) as line:
        line.close(4000, "enough")
    eventually(lambda: bool(_ended(notes, "enough")))
    [context] = _ended(notes, "enough")
    assert (context["routeKey"], context["disconnectStatusCode"]) == ("$disconnect", 4000)


@pytest.mark.parametrize(("asked", "status"), [("403", 403), ("401", 401), ("raise", 502), ("nothing", 502)])
def test_whoever_the_function_refuses_is_not_let_in(gateway: LineGateway, asked: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{gateway.url}?answer={asked}", open_timeout=SECONDS)
    assert refused.value.response.status_code == status


def test_another_stage_and_a_foreign_host_are_refused(gateway: LineGateway) -> None:
    there = urlsplit(gateway.url)
    for url in (gateway.url.replace("/lines", "/prod"), "ws://evil.example/lines"):
        with pytest.raises(InvalidStatus) as refused, socket.create_connection(("127.0.0.1", there.port or 0)) as sock:
            connect(url, sock=sock, open_timeout=SECONDS)
        assert refused.value.response.status_code == 403


def test_the_gateway_answers_a_ping_and_refuses_all_else_without_the_function(line: Connection, notes: Notes) -> None:
    line.send('{"action":"ping"}')
    assert line.recv(timeout=SECONDS) == '{"pong":true}'
    for message in ('{"action":"drop"}', '{"action":["ping"]}', "[]", "no json", '"ping"'):
        line.send(message)
        assert json.loads(line.recv(timeout=SECONDS))["message"] == "Forbidden"
    assert [each for each in notes.lines() if _kind(each) == "MESSAGE"] == []


@pytest.mark.parametrize(("message", "code"), [("x" * (128 * 1024 + 1), 1009), (b"bytes", 1003)])
def test_what_is_too_large_or_no_text_ends_the_connection(line: Connection, message: Any, code: int) -> None:
    line.send(message)
    with pytest.raises(ConnectionClosed):
        line.recv(timeout=SECONDS)
    assert line.close_code == code


def test_a_program_posts_asks_and_closes_by_the_connection_id(line: Connection, notes: Notes, commands: Any) -> None:
    id_ = _last(notes, "CONNECT")["requestContext"]["connectionId"]
    assert id_.endswith("=")  # so that it has to be encoded in a path
    commands.post_to_connection(ConnectionId=id_, Data=b"hello")
    assert line.recv(timeout=SECONDS) == "hello"
    state = commands.get_connection(ConnectionId=id_)
    assert state["ConnectedAt"] <= state["LastActiveAt"]
    assert state["Identity"]["SourceIp"] == "127.0.0.1"
    commands.delete_connection(ConnectionId=id_)
    with pytest.raises(ConnectionClosed):
        line.recv(timeout=SECONDS)
    _last(notes, "DISCONNECT")
    eventually(lambda: _is_gone(commands, id_))


def test_what_is_not_there_is_gone_and_what_is_too_large_is_refused(
    line: Connection, notes: Notes, commands: Any, aws: boto3.Session
) -> None:
    assert _is_gone(commands, "L0SM9cOFvHcCIhw=")
    id_ = _last(notes, "CONNECT")["requestContext"]["connectionId"]
    with pytest.raises(commands.exceptions.PayloadTooLargeException):
        commands.post_to_connection(ConnectionId=id_, Data=b"x" * (128 * 1024 + 1))
    elsewhere = commands.meta.endpoint_url.replace("/lines", "/prod")
    foreign = aws.client("apigatewaymanagementapi", endpoint_url=elsewhere)
    with pytest.raises(foreign.exceptions.ForbiddenException):
        foreign.post_to_connection(ConnectionId=id_, Data=b"x")


def _is_gone(commands: Any, id_: str) -> bool:
    try:
        commands.post_to_connection(ConnectionId=id_, Data=b"hello")
    except commands.exceptions.GoneException as gone:
        status: int = gone.response["ResponseMetadata"]["HTTPStatusCode"]
        return status == 410
    except ClientError:
        return False
    return False


@pytest.mark.parametrize("limits", [{"idle": 0.3}, {"life": 0.3}])
def test_a_connection_ends_by_itself_when_it_is_idle_or_old(engine: Engine, limits: dict[str, float]) -> None:
    gateway = LineGateway(API, sandboxes=engine.sandboxes, **limits)
    gateway.start()
    try:
        with connect(gateway.url, open_timeout=SECONDS) as line, pytest.raises(ConnectionClosed):
            line.recv(timeout=SECONDS)
        assert line.close_code == 1001
    finally:
        gateway.stop()
