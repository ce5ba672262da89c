from typing import TYPE_CHECKING, cast

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HTTPHeaders

from owlpost.domain import correlation
from owlpost.domain.errors import InvalidRequest
from owlpost.queue import Queues
from owlpost.queue_messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "allowed",
    ["a", "0190a1b2-0000-7000-8000-000000000001", "1-5759e988-bd862e3fe1be46a994272793", "scan:7.b_2", "x" * 128],
)
def test_ids_of_the_usual_kinds_are_taken_as_they_are(allowed: str) -> None:
    assert correlation.check(allowed) == allowed
    assert correlation.taken(allowed, otherwise="other") == allowed


@pytest.mark.parametrize("refused", ["", "x" * 129, "a b", "a\n", "a\x1b[31m", "ä", '"', "{}", "a/b"])
def test_all_else_is_refused_where_it_is_made_and_passed_over_where_it_arrives(refused: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^correlation_id: "):
        correlation.check(refused)
    assert correlation.taken(refused, otherwise="other") == "other"


@pytest.mark.parametrize("given", [None, 7, ["a"], {"a": 1}])
def test_what_is_no_text_is_passed_over(given: object) -> None:
    assert correlation.taken(given, otherwise="other") == "other"


def test_an_id_that_is_made_can_be_taken() -> None:
    assert correlation.check(made := correlation.new()) == made
    assert correlation.new() != made


class Answer:
    """An HTTP body, as urllib3 hands it to the client."""

    @staticmethod
    def stream() -> list[bytes]:
        return [b'{"Successful": [], "Failed": []}']


def test_the_trace_of_an_invocation_goes_with_the_messages_it_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's client adds the header by itself inside Lambda, and SQS hands it on: nothing of ours has to."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "owlpost-enqueue")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace := "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
    client = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any")
    seen: list[object] = []

    def take(request: AWSPreparedRequest, **_more: object) -> AWSResponse:
        seen.append(request.headers["X-Amzn-Trace-Id"])
        return AWSResponse(request.url, 200, HTTPHeaders(), Answer())

    client.meta.events.register("before-send.sqs.SendMessageBatch", cast("Callable[..., None]", take))
    queues = Queues(lambda: client, {"email": "https://sqs.us-east-1.amazonaws.com/1/owlpost-email"})
    assert queues.send("email", [Message("1")]) == 0
    assert seen == [trace.encode()]
