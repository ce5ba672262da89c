"""The client that a Python producer imports: one typed call that notifies people, through Lambda or SQS.

client = NotificationClient.over_lambda()
client.notify(EnqueueRequest(type="feedback.new", recipients=ByTeam(team_id=team.id), title="New feedback in Pocket Atlas"))
"""

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from owlpost import aws
from owlpost.domain import correlation, expected_people, json_values
from owlpost.domain.errors import OwlpostError
from owlpost.domain.recalls import RecallResult
from owlpost.domain.requests import Cancellation, DrainOutbox, EnqueueRequest, EnqueueResult
from owlpost.domain.value import dataclass

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

ENQUEUE_FUNCTION = "owlpost-enqueue"
#: What has the outbox drained.
NUDGE = DrainOutbox().model_dump_json()
WRITE = "select owlpost_enqueue(cast(%s as jsonb), %s)"


class NotAccepted(OwlpostError):
    """The request was refused; the message names the field. Trying the same again would be refused again."""


class Unavailable(OwlpostError):
    """Owlpost did not answer. Try again with the same idempotency key: a request that was accepted is not sent twice."""


class Transport(Protocol):
    def send(self, body: dict[str, Any], *, correlation_id: str) -> EnqueueResult | None:
        """Send one request with its correlation id. Return None if the transport does not wait for the answer.

        Raises NotAccepted or Unavailable.
        """
        ...

    def cancel(self, body: dict[str, Any], *, correlation_id: str) -> RecallResult | None:
        """Send one cancellation, as `send` sends a request."""
        ...


@runtime_checkable
class Nudging(Protocol):
    """A transport that can have the outbox drained."""

    def nudge(self) -> None:
        """Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class NotificationClient:
    """Check a request as Owlpost will, then send it."""

    transport: Transport
    #: The name of the system that sends; it is added to requests that name none.
    producer: str | None = None

    @classmethod
    def over_lambda(
        cls, *, function: str = ENQUEUE_FUNCTION, client: "LambdaClient | None" = None, producer: str | None = None
    ) -> Self:
        """Return a client that invokes the enqueue function and waits for its answer."""
        return cls(LambdaTransport(client or aws.client("lambda"), function), producer)

    @classmethod
    def over_sqs(cls, queue_url: str, *, client: "SQSClient | None" = None, producer: str | None = None) -> Self:
        """Return a client that puts requests on the queue and does not wait: bad content is refused before it is sent."""
        return cls(SqsTransport(client or aws.client("sqs"), queue_url), producer)

    def within(self, connection: Any) -> "NotificationClient":
        """Return a client that writes into the transaction of this connection: SQLAlchemy's, psycopg's or pg8000's.

        What it notifies of is seen when the transaction commits, and never when it rolls back; `notify` then returns None.
        After the commit call `nudge`, or wait for a sweep.
        """
        return NotificationClient(OutboxTransport(connection), self.producer)

    def nudge(self) -> None:
        """Say that a transaction has committed, so that what it wrote is told at once. Raises Unavailable.

        Call it on the client that `within` was called on: a transaction cannot tell that it has committed.
        """
        if not isinstance(self.transport, Nudging):
            raise TypeError(f"{type(self.transport).__name__} cannot nudge")
        self.transport.nudge()

    def notify(self, request: EnqueueRequest, *, correlation_id: str | None = None) -> EnqueueResult | None:
        """Notify the recipients of the request. Return the answer, or None if the transport does not wait for it.

        Give the request an `idempotency_key` made from what happened: then a job that runs again notifies nobody twice.
        Without one each call gets a new key, because boto3 repeats a call whose answer was lost.

        Owlpost logs `correlation_id` in each line about the request; without one the request gets a new id.

        Raises InvalidRequest, NotAccepted or Unavailable.
        """
        named = {"producer": self.producer} if self.producer else {}
        body = {"idempotency_key": str(uuid4()), **named, **request.model_dump(mode="json", exclude_none=True)}
        EnqueueRequest.from_json(body)
        id_ = correlation.new() if correlation_id is None else correlation.check(correlation_id)
        return self.transport.send(body, correlation_id=id_)

    def cancel(self, idempotency_key: str, *, type_: str) -> RecallResult | None:
        """Take back the request that was sent under this key: what has not gone out is stopped, and leaves the inbox.

        Return how many were stopped, or None if the transport does not wait for the answer. A request of this key that
        Owlpost has not received yet will notify nobody. Raises InvalidRequest, NotAccepted or Unavailable.
        """
        named = {"producer": self.producer} if self.producer else {}
        body = {"cancel": idempotency_key, "type": type_, **named}
        Cancellation.from_json(body)
        return self.transport.cancel(body, correlation_id=correlation.new())


@dataclass(frozen=True, slots=True)
class LambdaTransport:
    client: "LambdaClient"
    function: str

    def send(self, body: dict[str, Any], *, correlation_id: str) -> EnqueueResult:
        return EnqueueResult.model_validate(self.call(body, correlation_id=correlation_id))

    def nudge(self) -> None:
        try:
            self.client.invoke(FunctionName=self.function, InvocationType="Event", Payload=NUDGE)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(str(error)) from error

    def cancel(self, body: dict[str, Any], *, correlation_id: str) -> RecallResult:
        return RecallResult.model_validate(self.call(body, correlation_id=correlation_id))

    def call(self, body: dict[str, Any], *, correlation_id: str, expected: int | None = None) -> dict[str, Any]:
        """Send a request or a fact as it is on the wire. Return the answer.

        Raises NotAccepted, also where it would tell another number of people than `expected`, or Unavailable.
        """
        custom = {correlation.FIELD: correlation_id}
        if expected is not None:
            custom[expected_people.FIELD] = str(expected)
        context = json_values.compact({"custom": custom}).encode()
        try:
            response = self.client.invoke(
                FunctionName=self.function,
                Payload=json_values.compact(body).encode(),
                ClientContext=b64encode(context).decode(),
            )
            answer: dict[str, Any] = json.loads(response["Payload"].read())
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(str(error)) from error
        if not response.get("FunctionError"):
            return answer
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

    def cancel(self, body: dict[str, Any], *, correlation_id: str) -> None:
        self.send(body, correlation_id=correlation_id)

    def nudge(self) -> None:
        try:
            self.client.send_message(QueueUrl=self.queue_url, MessageBody=NUDGE)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(str(error)) from error


@dataclass(frozen=True, slots=True)
class OutboxTransport:
    """Writes into the caller's transaction. The connection is SQLAlchemy's, or one of the DB-API with `%s` for parameters."""

    connection: Any

    def send(self, body: dict[str, Any], *, correlation_id: str) -> None:
        values = (json_values.compact(body), correlation_id)
        if hasattr(self.connection, "exec_driver_sql"):
            self.connection.exec_driver_sql(WRITE, values)
            return
        cursor = self.connection.cursor()
        try:
            cursor.execute(WRITE, values)
        finally:
            cursor.close()

    def cancel(self, body: dict[str, Any], *, correlation_id: str) -> None:
        self.send(body, correlation_id=correlation_id)
