"""The Invoke API, by an unmodified boto3."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.postgres.postmaster import wait_until
from infra.local.runtime.engine import Engine, FunctionFailed
from infra.local.runtime.lineage import HEADER, MOST_RUNS, entered
from tests.support.engine_stage import Notes, eventually, small_topology

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.fixture(scope="module")
def engine(data_dir: Path) -> Iterator[Engine]:
    engine = Engine(
        small_topology(),
        data_dir=data_dir,
        database={"DATABASE_HOST": "db"},
        environment={"RECORD_FILE": str(data_dir / "notes"), "RESEND_API_KEY": "secret", "LOG_LEVEL": "DEBUG"},
        retry_delays=(0.1, 0.2),
    )
    with engine:
        yield engine


@pytest.fixture
def client(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> "LambdaClient":
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", engine.urls["lambda"])
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    return boto3.client("lambda", region_name="us-east-1")


@pytest.fixture
def notes(data_dir: Path) -> Notes:
    notes = Notes(data_dir / "notes")
    notes.path.unlink(missing_ok=True)
    return notes


def _payload(answer: Any) -> Any:
    return json.loads(answer["Payload"].read())


@pytest.mark.parametrize(
    "name",
    [
        "owlpost-echo",
        "owlpost-echo:$LATEST",
        "000000000000:function:owlpost-echo",
        "arn:aws:lambda:us-east-1:000000000000:function:owlpost-echo",
        "arn:aws:lambda:us-east-1:000000000000:function:owlpost-echo:live",
    ],
)
def test_a_function_answers_by_each_of_its_names(client: "LambdaClient", name: str) -> None:
    answer: Mapping[str, Any] = client.invoke(FunctionName=name, Payload=b'{"owls": 3}')
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    said = _payload(answer)
    assert said["event"] == {"owls": 3}
    assert said["request_id"] == answer["ResponseMetadata"]["RequestId"]


def test_what_a_caller_sends_beside_the_event_is_in_the_context(client: "LambdaClient") -> None:
    sent = b64encode(json.dumps({"custom": {"correlation_id": "scan-1"}}).encode()).decode()
    assert _payload(client.invoke(FunctionName="owlpost-echo", ClientContext=sent))["custom"] == {
        "correlation_id": "scan-1"
    }
    assert _payload(client.invoke(FunctionName="owlpost-echo"))["custom"] is None
    with pytest.raises(ClientError, match="Client context"):
        client.invoke(FunctionName="owlpost-echo", ClientContext="not base64")


def test_no_payload_is_an_empty_event(client: "LambdaClient") -> None:
    assert _payload(client.invoke(FunctionName="owlpost-echo"))["event"] == {}


def test_a_function_that_raises_is_a_function_error(client: "LambdaClient", notes: Notes) -> None:
    answer = client.invoke(FunctionName="owlpost-fail")
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    said = _payload(answer)
    assert (said["errorType"], said["errorMessage"]) == ("ValueError", "no such owl")


def test_an_event_is_accepted_at_once_and_tried_three_times_under_one_request_id(
    client: "LambdaClient", notes: Notes
) -> None:
    answer = client.invoke(FunctionName="owlpost-fail", InvocationType="Event", Payload=b"{}")
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    eventually(lambda: len(notes.lines()) == 3)
    assert {line["request_id"] for line in notes.lines()} == {answer["ResponseMetadata"]["RequestId"]}


def failed(engine: Engine, request_id: str) -> Any:
    """Return the record of this event at the destination of what failed, whatever of earlier tests comes before it."""
    sqs = engine.emulator.client()
    found: list[Any] = []

    def has_come() -> bool:
        answer = sqs.receive_message(QueueUrl=engine.failed_events_url, WaitTimeSeconds=1)
        records = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        found.extend(record for record in records if record["requestContext"]["requestId"] == request_id)
        return bool(found)

    assert wait_until(has_come, seconds=60)
    return found[0]


def test_an_event_that_failed_three_times_goes_to_the_destination_with_its_error(
    client: "LambdaClient", engine: Engine
) -> None:
    answer = client.invoke(FunctionName="owlpost-fail", InvocationType="Event", Payload=b'{"owl": 3}')
    record = failed(engine, answer["ResponseMetadata"]["RequestId"])
    assert record["requestPayload"] == {"owl": 3}
    assert record["requestContext"] == {
        "requestId": answer["ResponseMetadata"]["RequestId"],
        "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:owlpost-fail:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["responsePayload"]["errorMessage"] == "no such owl"


@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_a_call_that_comes_from_sixteen_runs_of_the_function_is_refused(
    client: "LambdaClient", engine: Engine, notes: Notes, kind: Any
) -> None:
    trace: str | None = None
    for _ in range(MOST_RUNS):
        trace = entered(trace, "fail")

    def add_trace(params: Any, **_: Any) -> None:
        params["headers"][HEADER] = trace

    client.meta.events.register("before-call.lambda.Invoke", add_trace)
    if kind == "RequestResponse":
        with pytest.raises(client.exceptions.RecursiveInvocationException) as refused:
            client.invoke(FunctionName="owlpost-fail")
        request_id = refused.value.response["ResponseMetadata"]["RequestId"]
    else:
        answer = client.invoke(FunctionName="owlpost-fail", InvocationType=kind)
        request_id = answer["ResponseMetadata"]["RequestId"]
        assert failed(engine, request_id)
    assert request_id not in {line["request_id"] for line in notes.lines()}


def test_a_dry_run_runs_nothing(client: "LambdaClient", notes: Notes) -> None:
    assert client.invoke(FunctionName="owlpost-fail", InvocationType="DryRun")["StatusCode"] == 204
    assert notes.lines() == []


def test_an_unknown_function_is_not_found(client: "LambdaClient") -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="function:owlpost-nobody"):
        client.invoke(FunctionName="owlpost-nobody")


@pytest.mark.parametrize("payload", [b"{owls", b"[" * 100_000 + b"]" * 100_000], ids=["no JSON", "nested too deep"])
def test_a_payload_that_cannot_be_parsed_is_refused(client: "LambdaClient", payload: bytes) -> None:
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName="owlpost-echo", Payload=payload)


def test_a_payload_that_is_nested_deep_is_answered_whatever_its_depth(client: "LambdaClient") -> None:
    for depth in range(850, 1_000, 5):
        try:
            client.invoke(FunctionName="owlpost-echo", Payload=b"[" * depth + b"]" * depth)
        except client.exceptions.InvalidRequestContentException:
            return  # deeper ones are refused as well
    pytest.fail("no depth is refused")


@pytest.mark.parametrize(("kind", "most"), [("RequestResponse", 6 * 1024 * 1024), ("Event", 1024 * 1024)])
def test_a_payload_that_is_too_large_is_refused(client: "LambdaClient", kind: Any, most: int) -> None:
    with pytest.raises(client.exceptions.RequestTooLargeException) as refused:
        client.invoke(FunctionName="owlpost-consume-owls", InvocationType=kind, Payload=b'"' + b"x" * most + b'"')
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_an_answer_that_is_too_large_is_a_function_error(client: "LambdaClient") -> None:
    answer = client.invoke(FunctionName="owlpost-large")
    assert answer["FunctionError"] == "Unhandled"
    assert _payload(answer)["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_family_is_routed_by_the_queue_that_the_records_come_from(client: "LambdaClient", notes: Notes) -> None:
    arn = "arn:aws:sqs:us-east-1:000000000000:owlpost-bees"
    event = {"Records": [{"eventSourceARN": arn, "messageId": "m", "body": '{"fail": true}'}]}
    answer = client.invoke(FunctionName="owlpost-consume", Payload=json.dumps(event))
    assert _payload(answer) == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    with pytest.raises(ClientError, match="Function not found"):
        client.invoke(FunctionName="owlpost-consume", Payload=b"{}")


def test_a_function_has_the_variables_that_the_topology_gives_it_and_no_others(
    engine: Engine, client: "LambdaClient"
) -> None:
    seen = _payload(client.invoke(FunctionName="owlpost-echo"))["environment"]
    assert seen["OWN"] == "yes"
    assert seen["DATABASE_HOST"] == "db"
    assert seen["LOG_LEVEL"] == "DEBUG"
    assert seen["QUEUE_URL_OWLS_DLQ"] == engine.queue_urls["owls-dlq"]
    assert seen["AWS_ENDPOINT_URL_LAMBDA"] == engine.urls["lambda"]
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "owlpost-echo"
    assert "RESEND_API_KEY" not in seen


def test_a_schedule_can_be_fired_by_hand(engine: Engine) -> None:
    assert engine.fire("nightly")["event"]["schedule"] == "nightly"


def test_what_must_run_first_runs_before_anything_else_and_may_prevent_the_start(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes")
    engine = Engine(small_topology(), data_dir=tmp_path, database={}, environment={"RECORD_FILE": str(notes.path)})
    with pytest.raises(FunctionFailed, match="ValueError: no such owl"):
        engine.start(first={"owlpost-fail": {}})
    assert len(notes.lines()) == 1
    assert not engine.emulator.running
