"""boto3 as a peer: the SQS emulator and our Invoke API understand it, and our calls are its calls but for what is said here."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from infra.local.runtime.engine import Engine
from infra.local.sqs.emulator import Emulator
from infra.local.sqs.program import FAUXQS, MINISTACK, Program
from infra.topology.model import Queue
from owlpost.client import LambdaTransport, NotificationClient
from owlpost.domain.requests import ByIds, EnqueueRequest
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.sandbox import Sandbox
from tests.support.engine_stage import small_topology

#: Headers of one call: its time, its try, and the signature over both.
OF_THE_CALL = {"X-Amz-Date", "Authorization", "amz-sdk-invocation-id", "amz-sdk-request"}
#: `User-Agent`: ours is short, because building boto3's costs a call a tenth of its CPU.
OTHER_VALUES = {"User-Agent"}


@dataclass
class Recorder:
    """The requests of one client as they leave, after botocore has signed them."""

    requests: list[Any] = field(default_factory=list)

    def on(self, client: Any) -> "Recorder":
        client.meta.events.register("before-send.*.*", lambda request, **_: self.requests.append(request))
        return self

    def only(self) -> tuple[str, str, dict[str, Any], Any]:
        [request] = self.requests
        headers = {name: _bytes(value) for name, value in request.headers.items() if name not in OF_THE_CALL}
        return request.method, request.url, headers, json.loads(request.body)


def _bytes(value: str | bytes) -> bytes:
    """Return a header's value as it is written, whether botocore has encoded it before or urllib3 does."""
    return value if isinstance(value, bytes) else value.encode()


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {"ACCESS_KEY_ID": "any", "SECRET_ACCESS_KEY": "any", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with Sandbox():
        yield


@pytest.fixture(scope="module")
def queue_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Emulator(tmp_path_factory.mktemp("sqs")) as emulator:
        yield emulator.ensure_queues([Queue("owls", visibility_timeout=30, max_receive_count=3)])["owls"]


@pytest.fixture
def clients(queue_url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Queues, Any]:
    """Our queues and boto3's client, at the same emulator."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", queue_url.rsplit("/", 2)[0])
    theirs = boto3.client("sqs")
    theirs.purge_queue(QueueUrl=queue_url)
    return Queues.connect({"owls": queue_url}), theirs


def same_call(ours: Recorder, theirs: Recorder) -> None:
    (our_method, our_url, our_headers, our_body), (method, url, headers, body) = ours.only(), theirs.only()
    assert (our_method, our_url, our_body) == (method, url, body)
    assert our_headers.keys() == headers.keys()
    assert {name for name in headers if our_headers[name] != headers[name]} <= OTHER_VALUES


MESSAGE = Message('{"owl":"🦉"}', group=str(uuid4()), delay_seconds=0, attributes={"correlation_id": "c-1"})


def test_our_batch_of_messages_is_boto3s_and_boto3_receives_it(clients: tuple[Queues, Any], queue_url: str) -> None:
    queues, boto = clients
    ours, theirs = Recorder().on(queues.client), Recorder().on(boto)
    assert queues.send("owls", [MESSAGE]) == 0
    entry = {
        "Id": "0",
        "MessageBody": MESSAGE.body,
        "MessageGroupId": MESSAGE.group,
        "MessageAttributes": {"correlation_id": {"DataType": "String", "StringValue": "c-1"}},
    }
    assert not boto.send_message_batch(QueueUrl=queue_url, Entries=[entry]).get("Failed")
    same_call(ours, theirs)
    [message] = boto.receive_message(QueueUrl=queue_url, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == MESSAGE.body
    assert message["MessageAttributes"]["correlation_id"]["StringValue"] == "c-1"


@pytest.mark.parametrize("program", [MINISTACK, FAUXQS], ids=lambda program: program.name)
def test_a_later_batch_by_the_shortest_way_is_boto3s_as_well_and_boto3_receives_it(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator(tmp_path, program=program) as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", emulator.url)
        url = emulator.ensure_queues([Queue("owls", visibility_timeout=30, max_receive_count=3)])["owls"]
        boto, queues = boto3.client("sqs"), Queues.connect({"owls": url})
        messages = [MESSAGE, Message("later", delay_seconds=60), Message("plain", group="team")]
        assert queues.send("owls", [MESSAGE]) == 0  # botocore's, from which the others are made
        ours, theirs, by_botocore = Recorder().on(queues.client), Recorder().on(boto), list[object]()
        queues.client.meta.events.register("before-call.*.*", lambda **_: by_botocore.append(1))
        assert queues.send("owls", messages) == 0
        assert not by_botocore
        boto.send_message_batch(QueueUrl=url, Entries=[each.entry(number) for number, each in enumerate(messages)])
        same_call(ours, theirs)
        received = queues.receive("owls", limit=3)
        assert {each.body for each in received} == {MESSAGE.body, "plain"}
        assert {each.correlation_id for each in received if each.body == MESSAGE.body} == {"c-1"}


def test_what_boto3_sends_we_receive_and_delete(clients: tuple[Queues, Any], queue_url: str) -> None:
    queues, boto = clients
    boto.send_message(
        QueueUrl=queue_url,
        MessageBody="hoot",
        MessageAttributes={"correlation_id": {"DataType": "String", "StringValue": "c-2"}},
    )
    [received] = queues.receive("owls", limit=1)
    assert (received.body, received.receives, received.correlation_id) == ("hoot", 1, "c-2")
    queues.delete("owls", [received.receipt_handle])
    assert queues.depth("owls") == 0


def test_a_batch_with_one_bad_entry_is_answered_as_boto3_expects(clients: tuple[Queues, Any], queue_url: str) -> None:
    queues, boto = clients
    entries = [{"Id": "good", "MessageBody": "hoot"}, {"Id": "bad", "MessageBody": "hoo\x0bt"}]
    answer = boto.send_message_batch(QueueUrl=queue_url, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    assert [(each["Id"], each["SenderFault"], each["Code"]) for each in answer["Failed"]] == [
        ("bad", True, "InvalidMessageContents")
    ]
    assert [each.body for each in queues.receive("owls", limit=1)] == ["hoot"]


@pytest.fixture(scope="module")
def lambda_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("engine")
    environment = {"RECORD_FILE": str(folder / "notes")}
    with Engine(small_topology(), data_dir=folder, database={"DATABASE_HOST": "db"}, environment=environment) as engine:
        yield engine.urls["lambda"]


@pytest.fixture
def invokers(lambda_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", lambda_url)
    return lambda: boto3.client("lambda")


def test_our_client_invokes_as_boto3_does(invokers: Callable[[], Any]) -> None:
    client = NotificationClient.over_lambda(function="owlpost-echo")
    ours, theirs = Recorder(), Recorder()
    assert isinstance(client.transport, LambdaTransport)
    ours.on(client.transport.client)
    request = EnqueueRequest(
        type="feedback.new", recipients=ByIds(user_ids=(uuid4(),)), title="🦉", idempotency_key="f:1"
    )
    client.notify(request, correlation_id="c-3")
    boto = invokers()
    theirs.on(boto)
    [sent] = ours.requests
    answer = boto.invoke(
        FunctionName="owlpost-echo",
        Payload=sent.body,
        ClientContext=sent.headers["X-Amz-Client-Context"].decode(),
    )
    same_call(ours, theirs)
    echoed = json.loads(answer["Payload"].read())
    assert echoed["event"]["title"] == "🦉"
    assert echoed["custom"] == {"correlation_id": "c-3"}


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({"FunctionName": "owlpost-nobody"}, "ResourceNotFoundException"),
        ({"FunctionName": "owlpost-echo", "Payload": b"no json"}, "InvalidRequestContentException"),
        ({"FunctionName": "owlpost-echo", "Payload": b'"' + b"x" * 6_291_556 + b'"'}, "RequestTooLargeException"),
    ],
)
def test_boto3_knows_the_errors_of_our_invoke_api(
    invokers: Callable[[], Any], call: dict[str, Any], error: str
) -> None:
    client = invokers()
    with pytest.raises(getattr(client.exceptions, error)):
        client.invoke(**call)


def test_boto3_reads_an_error_of_a_function(invokers: Callable[[], Any], tmp_path: Path) -> None:
    answer = invokers().invoke(FunctionName="owlpost-fail", Payload=b"{}")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Payload"].read())["errorType"] == "ValueError"
