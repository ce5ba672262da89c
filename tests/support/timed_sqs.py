"""An SQS whose delays and visibility timeouts follow a clock that tests move."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.exceptions import EndpointConnectionError

from owlpost.queue import Queues
from tests.support.clock import FakeClock

VISIBILITY = timedelta(seconds=55)


@dataclass
class TimedSqs:
    """`due` is the next visible time of a message by queue and handle. `refuses` names the calls that fail."""

    clock: FakeClock
    due: dict[str, dict[str, datetime]] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    receives: Counter[str] = field(default_factory=Counter)
    refuses: set[str] = field(default_factory=set)

    def queues(self, *names: str) -> Queues:
        return Queues(lambda: cast("Any", self), {name: name for name in names})

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 (names of boto3)
        self._answers("send")
        for entry in Entries:
            handle = str(len(self.bodies))
            self.bodies[handle] = entry["MessageBody"]
            delay = timedelta(seconds=entry.get("DelaySeconds", 0))
            self.due.setdefault(QueueUrl, {})[handle] = self.clock() + delay
        return {}

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int, **_more: object) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        self._answers("receive")
        queue = self.due.setdefault(QueueUrl, {})
        handles = [handle for handle, due in queue.items() if due <= self.clock()][:MaxNumberOfMessages]
        queue.update(dict.fromkeys(handles, self.clock() + VISIBILITY))
        self.receives.update(handles)
        return {
            "Messages": [
                {
                    "MessageId": each,
                    "ReceiptHandle": each,
                    "Body": self.bodies[each],
                    "Attributes": {"ApproximateReceiveCount": str(self.receives[each]), "SentTimestamp": "0"},
                }
                for each in handles
            ]
        }

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> None:  # noqa: N803 (boto3's names)
        self._answers("change")
        for entry in Entries:
            self.due[QueueUrl][entry["ReceiptHandle"]] = self.clock() + timedelta(seconds=entry["VisibilityTimeout"])

    def delete_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> None:  # noqa: N803 (boto3's names)
        self._answers("delete")
        for entry in Entries:
            self.due[QueueUrl].pop(entry["ReceiptHandle"], None)

    def get_queue_attributes(self, *, QueueUrl: str, **_more: object) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(self.due.get(QueueUrl, {})))}}

    def _answers(self, call: str) -> None:
        if call in self.refuses:
            raise EndpointConnectionError(endpoint_url="https://sqs.example")
