import io
import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from owlpost.client import NotAccepted, NotificationClient, Unavailable
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.requests import ByIds, ByTeam, EnqueueRequest, EnqueueResult

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

SOMEONE = UUID("0190a1b2-0000-7000-8000-000000000001")
REQUEST = EnqueueRequest(
    type="feedback.new", recipients=ByIds(user_ids=(SOMEONE,)), title="New feedback", idempotency_key="f:1"
)
BODY = {
    "type": "feedback.new",
    "recipients": {"user_ids": [str(SOMEONE)]},
    "title": "New feedback",
    "idempotency_key": "f:1",
}
WITHOUT_KEY = REQUEST.model_copy(update={"idempotency_key": None})
DENIED = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Rate exceeded"}}, "Invoke")
AWAY = EndpointConnectionError(endpoint_url="https://lambda.example")


@dataclass
class FakeCloud:
    """A Lambda client and an SQS client in one: gives its answer, or raises it."""

    answer: object = None
    error: str | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        response: dict[str, Any] = {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return response | ({"FunctionError": self.error} if self.error else {})

    send_message = invoke

    def by_lambda(self) -> NotificationClient:
        return NotificationClient.over_lambda(client=cast("LambdaClient", self))

    def by_sqs(self) -> NotificationClient:
        return NotificationClient.over_sqs("https://sqs.example/requests", client=cast("SQSClient", self))


def test_a_request_by_lambda_is_answered_with_what_was_written() -> None:
    result = EnqueueResult(request_id=SOMEONE, notifications=1, deliveries={"in_app": 1, "email": 1})
    cloud = FakeCloud(result.model_dump(mode="json", exclude_none=True))
    assert cloud.by_lambda().notify(REQUEST) == result
    (call,) = cloud.calls
    assert call["FunctionName"] == "owlpost-enqueue"
    assert json.loads(call["Payload"]) == BODY


def test_a_call_without_a_key_gets_one_that_all_its_repetitions_share_and_no_other_call() -> None:
    cloud = FakeCloud(EnqueueResult().model_dump(mode="json", exclude_none=True))
    for _ in range(2):
        cloud.by_lambda().notify(WITHOUT_KEY)
        cloud.by_sqs().notify(WITHOUT_KEY)
    keys = [json.loads(call.get("Payload") or call["MessageBody"])["idempotency_key"] for call in cloud.calls]
    assert len(set(keys)) == 4
    assert all(keys)


def test_a_client_adds_the_name_of_its_producer_to_requests_that_name_none() -> None:
    cloud = FakeCloud({})
    client = NotificationClient.over_sqs(
        "https://sqs.example/requests", client=cast("SQSClient", cloud), producer="billing"
    )
    client.notify(REQUEST)
    client.notify(REQUEST.model_copy(update={"producer": "shop"}))
    assert [json.loads(call["MessageBody"])["producer"] for call in cloud.calls] == ["billing", "shop"]
    with pytest.raises(InvalidRequest, match="producer"):
        NotificationClient.over_sqs(
            "https://sqs.example/requests", client=cast("SQSClient", cloud), producer="two words"
        ).notify(REQUEST)


def test_an_empty_audience_is_an_answer_too() -> None:
    nobody = EnqueueResult(request_id=None, unknown_user_ids=1, message="The audience is empty: nothing was written.")
    cloud = FakeCloud(nobody.model_dump(mode="json", exclude_none=True))
    assert cloud.by_lambda().notify(REQUEST) == nobody


@pytest.mark.parametrize("error", ["InvalidRequest", "IdempotencyConflict"])
def test_a_refusal_by_lambda_is_told_apart_and_names_the_field(error: str) -> None:
    cloud = FakeCloud({"errorType": error, "errorMessage": "title: must not be blank"}, error="Unhandled")
    with pytest.raises(NotAccepted, match=r"^title: must not be blank$"):
        cloud.by_lambda().notify(REQUEST)


@pytest.mark.parametrize(
    "answer",
    [
        {"errorType": "OperationalError", "errorMessage": "could not connect"},
        {"errorMessage": "2026-11-02T06:00:00Z 7 Task timed out after 60.00 seconds"},
        {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited"},
    ],
)
def test_a_function_that_failed_asks_to_be_tried_again(answer: dict[str, str]) -> None:
    with pytest.raises(Unavailable, match=answer["errorMessage"]):
        FakeCloud(answer, error="Unhandled").by_lambda().notify(REQUEST)


@pytest.mark.parametrize(
    "fault", [DENIED, AWAY, ReadTimeoutError(endpoint_url="https://lambda.example")], ids=["denied", "away", "slow"]
)
def test_a_cloud_that_does_not_answer_asks_to_be_tried_again(fault: Exception) -> None:
    cloud = FakeCloud(fault)
    with pytest.raises(Unavailable) as by_lambda:
        cloud.by_lambda().notify(REQUEST)
    with pytest.raises(Unavailable) as by_sqs:
        cloud.by_sqs().notify(REQUEST)
    assert by_lambda.value.__cause__ is by_sqs.value.__cause__ is fault


def test_a_request_by_sqs_is_the_same_body_and_waits_for_no_answer() -> None:
    cloud = FakeCloud()
    assert cloud.by_sqs().notify(REQUEST) is None
    (call,) = cloud.calls
    assert call["QueueUrl"] == "https://sqs.example/requests"
    assert json.loads(call["MessageBody"]) == BODY


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "team.invitation"}, "type"),
        ({"type": "system.alert"}, "type"),
        ({"data": {"a": "\0"}}, "data.a"),
        ({"body": "\ud800"}, "body"),
    ],
)
def test_what_owlpost_would_refuse_is_refused_before_it_is_sent(changes: dict[str, Any], field: str) -> None:
    cloud = FakeCloud()
    with pytest.raises(InvalidRequest) as caught:
        cloud.by_sqs().notify(REQUEST.model_copy(update=changes))
    assert caught.value.field == field
    assert cloud.calls == []


def test_a_request_to_a_team_goes_out_without_what_was_not_said() -> None:
    cloud = FakeCloud()
    to_team = EnqueueRequest(
        type="issue.new", recipients=ByTeam(team_id=SOMEONE, roles=("owner",)), title="2 new issues"
    )
    cloud.by_sqs().notify(to_team)
    sent = json.loads(cloud.calls[0]["MessageBody"])
    assert EnqueueRequest.from_json(sent) == to_team.model_copy(update={"idempotency_key": sent["idempotency_key"]})
    assert "body" not in sent


def told_beside(call: dict[str, Any]) -> str:
    """The correlation id that a call carries, not in its body."""
    if "ClientContext" in call:
        return str(json.loads(b64decode(call["ClientContext"]))["custom"]["correlation_id"])
    return str(call["MessageAttributes"]["correlation_id"]["StringValue"])


@pytest.mark.parametrize("way", [FakeCloud.by_lambda, FakeCloud.by_sqs])
def test_the_correlation_id_goes_beside_the_request_and_never_in_it(
    way: Callable[[FakeCloud], NotificationClient],
) -> None:
    cloud = FakeCloud({"notifications": 1})
    client = way(cloud)
    client.notify(REQUEST, correlation_id="scan-7")
    client.notify(REQUEST)
    client.notify(REQUEST)
    bodies = [json.loads(call.get("Payload") or call["MessageBody"]) for call in cloud.calls]
    assert bodies == [BODY] * 3
    called = [told_beside(call) for call in cloud.calls]
    assert called[0] == "scan-7"
    assert len(set(called)) == 3  # each call without one gets its own


def test_a_correlation_id_that_no_log_should_hold_is_refused_before_anything_is_sent() -> None:
    cloud = FakeCloud()
    with pytest.raises(InvalidRequest, match=r"^correlation_id: "):
        cloud.by_sqs().notify(REQUEST, correlation_id="two\nlines")
    assert cloud.calls == []
