"""The shortest way to SendMessageBatch, beside botocore's own. Nothing leaves: `before-send` answers, as it does for moto."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.session import Session

from owlpost.queue_calls import QuickBatches

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/owlpost-email"
ENTRIES: Any = [{"Id": "0", "MessageBody": '{"owl":"🦉"}', "MessageGroupId": "team"}]
#: Headers of one call: its time, its number, and the signature over both.
OF_THE_CALL = {"X-Amz-Date", "Authorization", "amz-sdk-invocation-id"}
REGIONS: list[tuple[str, dict[str, str]]] = [
    ("us-east-1", {}),
    ("us-gov-west-1", {"AWS_USE_FIPS_ENDPOINT": "true"}),
    ("cn-north-1", {}),
    ("eu-central-1", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}),
    ("eu-central-1", {"AWS_SESSION_TOKEN": "of-a-role"}),
    ("us-east-1", {"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:4566/base"}),
]


@dataclass
class Answer:
    """What botocore reads of an HTTP response."""

    status_code: int = 200
    content: bytes = b'{"Successful":[]}'
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Wire:
    """What left, and how many of the calls botocore made from end to end."""

    client: Any
    answers: list[Answer] = field(default_factory=list)
    left: list[Any] = field(default_factory=list)
    by_botocore: int = 0

    def __post_init__(self) -> None:
        self.client.meta.events.register("before-send.sqs.*", self._answer)
        self.client.meta.events.register("before-call.sqs.*", self._count)

    def _answer(self, request: Any, **_: object) -> Answer:
        self.left.append(request)
        return self.answers.pop(0) if self.answers else Answer()

    def _count(self, **_: object) -> None:
        self.by_botocore += 1

    def headers(self, number: int) -> dict[str, str]:
        return {name: _text(value) for name, value in self.left[number].headers.items()}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "any", "SECRET_ACCESS_KEY": "secret", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


def wire(session: Session | None = None) -> Wire:
    return Wire((session or Session()).create_client("sqs"))


@pytest.mark.parametrize(("region", "settings"), REGIONS)
def test_a_later_call_is_botocores_own_but_for_its_time_and_number(
    region: str, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items() | {("AWS_DEFAULT_REGION", region)}:
        monkeypatch.setenv(name, value)
    seen = wire()
    send = QuickBatches(seen.client)
    for _ in range(3):
        assert send(URL, ENTRIES)["Successful"] == []
    first, *later = ((each.method, each.url, each.body) for each in seen.left)
    assert [*later] == [first, first]
    headers, *others = ({**seen.headers(n)} for n in range(3))
    for other in others:
        assert other.keys() == headers.keys()
        assert {name for name in headers if headers[name] != other[name]} <= OF_THE_CALL
    assert len({seen.headers(n)["amz-sdk-invocation-id"] for n in range(3)}) == 3
    assert seen.by_botocore == 1


def test_a_later_call_is_signed_over_what_leaves() -> None:
    seen = wire()
    send = QuickBatches(seen.client)
    for body in ("one", "two"):
        send(URL, [{"Id": "0", "MessageBody": body}])
    headers = seen.headers(1)
    signed = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    request = AWSRequest(
        "POST", seen.left[1].url, {n: v for n, v in headers.items() if n.lower() in signed}, seen.left[1].body
    )
    request.context["timestamp"] = headers["X-Amz-Date"]
    auth = SigV4Auth(Credentials("any", "secret"), "sqs", "us-east-1")
    ours = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert headers["Authorization"].endswith(f"Signature={ours}")


def test_a_later_call_has_the_trace_of_its_own_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "owlpost-enqueue")
    seen = wire()
    send = QuickBatches(seen.client)
    for trace in ("Root=1-a", "Root=1-b", "Root=1-c"):
        monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)
        send(URL, ENTRIES)
    assert [seen.headers(n)["X-Amzn-Trace-Id"] for n in range(3)] == ["Root=1-a", "Root=1-b", "Root=1-c"]
    monkeypatch.delenv("_X_AMZN_TRACE_ID")
    send(URL, ENTRIES)
    assert "X-Amzn-Trace-Id" not in seen.headers(3)


def test_credentials_that_have_run_out_are_refreshed_for_a_later_call() -> None:
    keys = iter(["first", "second", "third"])

    def refreshed() -> dict[str, str]:
        key, ends = next(keys), datetime.now(UTC) + timedelta(seconds=1)  # so near that each call asks anew
        return {"access_key": key, "secret_key": key, "token": key, "expiry_time": ends.isoformat()}

    session: Any = Session()
    session._credentials = RefreshableCredentials.create_from_metadata(refreshed(), refreshed, "test")
    seen = wire(session)
    send = QuickBatches(seen.client)
    for _ in range(2):
        send(URL, ENTRIES)
    assert [seen.headers(n)["X-Amz-Security-Token"] for n in range(2)] == ["second", "third"]
    assert ["/".join(seen.headers(n)["Authorization"].split("Credential=")[1].split("/")[:1]) for n in range(2)] == [
        "second",
        "third",
    ]


def test_each_queue_is_asked_where_it_is() -> None:
    seen = wire()
    send = QuickBatches(seen.client)
    for url in (URL, URL, URL.replace("email", "push"), URL.replace("email", "push")):
        send(url, ENTRIES)
    assert [json.loads(each.body)["QueueUrl"].rpartition("-")[2] for each in seen.left] == [
        "email",
        "email",
        "push",
        "push",
    ]
    assert seen.by_botocore == 2


def test_a_header_that_may_tell_of_the_body_leaves_all_calls_to_botocore() -> None:
    seen = wire()
    seen.client.meta.events.register_first(
        "before-call.sqs.*", lambda params, **_: params["headers"].update({"X-Sum": "1"})
    )
    send = QuickBatches(seen.client)
    for _ in range(3):
        send(URL, ENTRIES)
    assert seen.by_botocore == 3


def test_a_botocore_that_hides_its_connections_makes_all_calls() -> None:
    seen = wire()
    seen.client._endpoint.http_session, kept = None, seen.client._endpoint.http_session
    send = QuickBatches(seen.client)
    seen.client._endpoint.http_session = kept
    for _ in range(3):
        send(URL, ENTRIES)
    assert seen.by_botocore == 3


def test_what_sqs_refuses_of_a_batch_is_told_by_a_later_call() -> None:
    refusal = {"Id": "0", "SenderFault": False, "Code": "InternalError", "Message": "try again"}
    seen = wire()
    send = QuickBatches(seen.client)
    send(URL, ENTRIES)
    seen.answers.append(Answer(content=json.dumps({"Successful": [], "Failed": [refusal]}).encode()))
    assert send(URL, ENTRIES)["Failed"] == [refusal]
    assert seen.by_botocore == 1


@pytest.mark.parametrize(
    "answer",
    [Answer(503, b"{}"), Answer(403, b'{"__type":"x#RequestExpired"}'), Answer(200, b"<html>"), Answer(200, b"[]")],
    ids=["away", "refused", "not JSON", "no object"],
)
def test_any_other_answer_has_botocore_make_the_call_again(answer: Answer) -> None:
    seen = wire()
    send = QuickBatches(seen.client)
    send(URL, ENTRIES)
    seen.answers.append(answer)
    assert "Failed" not in send(URL, ENTRIES)
    assert seen.by_botocore == 2
    assert [each.body for each in seen.left[1:]] == [seen.left[0].body] * 2


def test_an_error_is_the_one_that_botocore_raises() -> None:
    seen = wire()
    send = QuickBatches(seen.client)
    send(URL, ENTRIES)
    gone = Answer(400, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no such queue"}')
    seen.answers.extend([gone, gone])
    with pytest.raises(seen.client.exceptions.QueueDoesNotExist, match="no such queue"):
        send(URL, ENTRIES)
