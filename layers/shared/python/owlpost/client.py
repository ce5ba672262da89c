"""What a Python producer imports: one typed call that tells people something, by Lambda or by SQS.

client = NotificationClient.over_lambda()
client.notify(EnqueueRequest(type="feedback.new", recipients=ByTeam(team_id=team.id), title="New feedback in Pocket Atlas"))
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from owlpost import aws
from owlpost.domain import correlation, json_values
from owlpost.domain.errors import OwlpostError
from owlpost.domain.requests import EnqueueRequest, EnqueueResult

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

ENQUEUE_FUNCTION = "owlpost-enqueue"


class NotAccepted(OwlpostError):
    """The request was refused; the message names the field. Trying the same again would be refused again."""


class Unavailable(OwlpostError):
    """Owlpost did not answer. Try again with the same idempotency key: whatever was accepted is not told twice."""


class Transport(Protocol):
    def send(self, body: dict[str, Any], *, correlation_id: str) -> EnqueueResult | None:
        """Hand over one request, and beside it the id to follow it by; None where the answer is not waited for.

        Raises NotAccepted or Unavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class NotificationClient:
    """Checks a request as Owlpost will, and hands it over."""

    transport: Transport

    @classmethod
    def over_lambda(cls, *, function: str = ENQUEUE_FUNCTION, client: "LambdaClient | None" = None) -> Self:
        """Invokes the enqueue function and waits for its answer."""
        return cls(LambdaTransport(client or aws.client("lambda"), function))

    @classmethod
    def over_sqs(cls, queue_url: str, *, client: "SQSClient | None" = None) -> Self:
        """Puts the request on the requests queue and does not wait: errors of its content are raised here, before."""
        return cls(SqsTransport(client or aws.client("sqs"), queue_url))

    def notify(self, request: EnqueueRequest, *, correlation_id: str | None = None) -> EnqueueResult | None:
        """Tell these people. Give an `idempotency_key` made from what happened, and a job run again tells nobody twice.

        Without one the call gets a key of its own, as boto3 repeats a call whose answer was lost, and each would be a request.

        Every line that Owlpost logs of the request bears the `correlation_id`; without one the request gets one of its own.

        Raises InvalidRequest, NotAccepted or Unavailable.
        """
        body = {"idempotency_key": str(uuid4()), **request.model_dump(mode="json", exclude_none=True)}
        EnqueueRequest.from_json(body)
        id_ = correlation.new() if correlation_id is None else correlation.check(correlation_id)
        return self.transport.send(body, correlation_id=id_)


@dataclass(frozen=True, slots=True)
class LambdaTransport:
    client: "LambdaClient"
    function: str

    def send(self, body: dict[str, Any], *, correlation_id: str) -> EnqueueResult:
        context = json_values.compact({"custom": {correlation.FIELD: correlation_id}}).encode()
        try:
            response = self.client.invoke(
                FunctionName=self.function,
                Payload=json_values.compact(body).encode(),
                ClientContext=b64encode(context).decode(),
            )
            answer = json.loads(response["Payload"].read())
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(str(error)) from error
        if not response.get("FunctionError"):
            return EnqueueResult.model_validate(answer)
        message = str(answer.get("errorMessage", answer))
        if answer.get("errorType") in {"InvalidRequest", "IdempotencyConflict"}:
            raise NotAccepted(message)
        raise Unavailable(message)


@dataclass(frozen=True, slots=True)
class SqsTransport:
    client: "SQSClient"
    queue_url: str

    def send(self, body: dict[str, Any], *, correlation_id: str) -> None:
        try:
            self.client.send_message(
                QueueUrl=self.queue_url,
                MessageBody=json_values.compact(body),
                MessageAttributes={correlation.FIELD: {"DataType": "String", "StringValue": correlation_id}},
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(str(error)) from error
