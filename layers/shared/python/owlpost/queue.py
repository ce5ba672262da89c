"""Messages to SQS: ten at a time, several calls at once, with a look at what was refused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict, TypeVar, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from owlpost import aws
from owlpost.domain import correlation
from owlpost.observability import count, logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

Item = TypeVar("Item")

#: SQS takes at most ten entries in a call, and delays a message by at most 15 minutes.
BATCH = 10
MAX_DELAY_SECONDS = 900
MAX_VISIBILITY_SECONDS = 12 * 3_600
#: How long messages that an operator looks at stay out of others' sight.
HIDDEN_SECONDS = 60
#: One call costs botocore about 2 ms of CPU and waits far longer for the answer.
PARALLEL_CALLS = 8
TRIES = 3
#: What a call raises that SQS did not answer, or refused.
AWAY = (ClientError, BotoCoreError)


class _Hidden(TypedDict, total=False):
    VisibilityTimeout: int


@dataclass(frozen=True, slots=True)
class Message:
    """`group` shares a standard queue fairly: one team's burst does not delay the others. Delay in seconds."""

    body: str
    group: str | None = None
    delay_seconds: float = 0
    attributes: Mapping[str, str] = field(default_factory=dict)

    def entry(self, number: int) -> "SendMessageBatchRequestEntryTypeDef":
        entry: SendMessageBatchRequestEntryTypeDef = {"Id": str(number), "MessageBody": self.body}
        if self.group:
            entry["MessageGroupId"] = self.group
        if self.delay_seconds:
            entry["DelaySeconds"] = min(MAX_DELAY_SECONDS, round(self.delay_seconds))
        if self.attributes:
            entry["MessageAttributes"] = {
                name: {"DataType": "String", "StringValue": value} for name, value in self.attributes.items()
            }
        return entry


@dataclass(frozen=True, slots=True)
class Received:
    """A message as Lambda hands it over, or as it was taken from a queue; `receives` counts this one."""

    id: str
    body: str
    receipt_handle: str
    receives: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None

    @property
    def correlation_id(self) -> str:
        """What the logs call it: its producer's id, else its own."""
        return correlation.taken(self.attributes.get(correlation.FIELD), otherwise=self.id)


def received(event: object) -> list[Received] | None:
    """The messages of Lambda's SQS event; None for an event of any other kind."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not all(_from_sqs(record) for record in records):
        return None
    return [
        Received(
            id=record["messageId"],
            body=record["body"],
            receipt_handle=record["receiptHandle"],
            receives=int(record["attributes"]["ApproximateReceiveCount"]),
            attributes={
                name: each["stringValue"]
                for name, each in record.get("messageAttributes", {}).items()
                if "stringValue" in each
            },
        )
        for record in records
    ]


def _from_sqs(record: object) -> bool:
    return isinstance(record, dict) and record.get("eventSource") == "aws:sqs"


class Queues:
    """The queues of the topology by name, as `domain.queue_names` writes them."""

    def __init__(self, connect: "Callable[[], SQSClient]", urls: Mapping[str, str]) -> None:
        self._connect = connect
        self.urls = urls

    @cached_property
    def client(self) -> "SQSClient":
        """Made when something is first asked of SQS: a worker whose deliveries all end well asks nothing."""
        return self._connect()

    @classmethod
    def connect(cls, urls: Mapping[str, str]) -> "Queues":
        config = Config(
            max_pool_connections=PARALLEL_CALLS * 2,
            connect_timeout=3,
            read_timeout=5,
            retries={"mode": "standard", "max_attempts": 3},
            # A fifth of what a call costs us: mypy has checked the entries, and the agent is not made up anew each time.
            parameter_validation=False,
            user_agent="owlpost",
        )
        return cls(lambda: cast("SQSClient", aws.client("sqs", config=config)), urls)

    @classmethod
    def connect_briefly(cls, urls: Mapping[str, str]) -> "Queues":
        """For what nobody is to wait for: one try, given up soon."""
        config = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
        return cls(lambda: cast("SQSClient", aws.client("sqs", config=config)), urls)

    def send(self, name: str, messages: Sequence[Message]) -> int:
        """Put the messages on a queue; answer how many could not be put there, each logged and counted.

        Nothing is raised for those, nor where there is no such queue, as after a channel has left the registry: what they
        stand for is in the database, and the sweep sends it again.
        """
        if name not in self.urls:
            logger().error("there is no such queue", extra={"queue": name, "messages": len(messages)})
            return len(messages)
        batches = list(_slices(messages))
        if len(batches) <= 1:
            unsent = sum(self._send_batch(self.client, name, batch) for batch in batches)
        else:
            client = self.client  # made before there are threads, as botocore's session makes one at a time
            with ThreadPoolExecutor(min(PARALLEL_CALLS, len(batches))) as threads:
                unsent = sum(threads.map(lambda batch: self._send_batch(client, name, batch), batches))
        if unsent:
            count("MessagesNotQueued", unsent, channel=name)
        return unsent

    def _send_batch(self, client: "SQSClient", name: str, batch: Sequence[Message]) -> int:
        left = dict(enumerate(batch))
        for _ in range(TRIES):
            try:
                answer = client.send_message_batch(
                    QueueUrl=self.urls[name], Entries=[message.entry(number) for number, message in left.items()]
                )
            except AWAY as error:
                logger().warning(
                    "queue refused a batch", extra={"queue": name, "messages": len(left), "error": str(error)}
                )
                return len(left)
            refused = {int(entry["Id"]): entry for entry in answer.get("Failed", [])}
            left = {number: message for number, message in left.items() if number in refused}
            if not left:
                return 0
            logger().warning(
                "queue refused messages", extra={"queue": name, "codes": [e["Code"] for e in refused.values()]}
            )
        return len(left)

    def depth(self, name: str) -> int:
        """About how many messages wait on a queue."""
        answer = self.client.get_queue_attributes(
            QueueUrl=self.urls[name], AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def receive(self, name: str, *, limit: int, hidden_seconds: int | None = HIDDEN_SECONDS) -> list[Received]:
        """Take up to `limit` messages and hide them, for as long as the queue says where no seconds are given.

        An empty queue is known by an empty answer.
        """
        taken: list[Received] = []
        hidden: _Hidden = {} if hidden_seconds is None else {"VisibilityTimeout": hidden_seconds}
        while len(taken) < limit:
            answer = self.client.receive_message(
                QueueUrl=self.urls[name],
                MaxNumberOfMessages=min(BATCH, limit - len(taken)),
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
                # asks all of the queue's servers: without it an empty answer says little
                WaitTimeSeconds=1,
                **hidden,
            )
            if not (messages := answer.get("Messages")):
                break
            taken.extend(map(_taken, messages))
        return taken

    def delete(self, name: str, receipt_handles: Sequence[str]) -> None:
        """Delete received messages; one that could not be deleted is seen again and dealt with then."""
        for batch in _slices(receipt_handles):
            self.client.delete_message_batch(
                QueueUrl=self.urls[name],
                Entries=[{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(batch)],
            )

    def postpone(self, name: str, delays: Mapping[str, float]) -> None:
        """Hide received messages for longer: seconds by receipt handle.

        A failure is logged and no more: the message then comes back when its visibility timeout ends.
        """
        for batch in _slices(list(delays.items())):
            try:
                self.client.change_message_visibility_batch(
                    QueueUrl=self.urls[name],
                    Entries=[
                        {
                            "Id": str(number),
                            "ReceiptHandle": handle,
                            "VisibilityTimeout": min(MAX_VISIBILITY_SECONDS, round(seconds)),
                        }
                        for number, (handle, seconds) in enumerate(batch)
                    ],
                )
            except AWAY as error:
                logger().warning("could not postpone messages", extra={"queue": name, "error": str(error)})


def _taken(message: "MessageTypeDef") -> Received:
    system = message["Attributes"]
    return Received(
        id=message["MessageId"],
        body=message["Body"],
        receipt_handle=message["ReceiptHandle"],
        receives=int(system["ApproximateReceiveCount"]),
        attributes={name: each.get("StringValue", "") for name, each in message.get("MessageAttributes", {}).items()},
        sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1_000, UTC),
    )


def _slices(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
