"""What goes onto a queue and what comes from it, as SQS and as Lambda's SQS events write it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from owlpost.domain import correlation
from owlpost.domain.value import dataclass

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageBatchRequestEntryTypeDef

#: SQS delays a message by at most 15 minutes.
MAX_DELAY_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send.

    SQS shares a standard queue fairly between values of `group`: one team's burst does not delay the others.
    """

    body: str
    group: str | None = None
    delay_seconds: float = 0
    attributes: Mapping[str, str] = field(default_factory=dict)

    def entry(self, number: int) -> "SendMessageBatchRequestEntryTypeDef":
        """Return the message's entry in a batch, with its number there as the id."""
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
    """A message that was received, by Lambda or by us; `receives` counts this time too."""

    id: str
    body: str
    receipt_handle: str
    receives: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    sent_at: datetime | None = None

    @property
    def correlation_id(self) -> str:
        """The id that the logs call it by: its producer's, else its own."""
        return correlation.taken(self.attributes.get(correlation.FIELD), otherwise=self.id)

    @classmethod
    def from_sqs(cls, message: "MessageTypeDef") -> "Received":
        """Return the message as SQS's ReceiveMessage hands it over, with all its attributes."""
        system = message["Attributes"]
        return cls(
            id=message["MessageId"],
            body=message["Body"],
            receipt_handle=message["ReceiptHandle"],
            receives=int(system["ApproximateReceiveCount"]),
            attributes={
                name: value.get("StringValue", "") for name, value in message.get("MessageAttributes", {}).items()
            },
            sent_at=datetime.fromtimestamp(int(system["SentTimestamp"]) / 1_000, UTC),
        )


def received(event: object) -> list[Received] | None:
    """Return the messages of Lambda's SQS event; None for an event of any other kind."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not all(_is_from_sqs(record) for record in records):
        return None
    return [
        Received(
            id=record["messageId"],
            body=record["body"],
            receipt_handle=record["receiptHandle"],
            receives=int(record["attributes"]["ApproximateReceiveCount"]),
            attributes={
                name: value["stringValue"]
                for name, value in record.get("messageAttributes", {}).items()
                if "stringValue" in value
            },
        )
        for record in records
    ]


def _is_from_sqs(record: object) -> bool:
    return isinstance(record, dict) and record.get("eventSource") == "aws:sqs"
