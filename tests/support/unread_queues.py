"""Queues without a reader, for tests of rows: moto slows down with a backlog."""

from typing import TYPE_CHECKING, cast

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.queue import Queues

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Bottomless:
    """An SQS that accepts everything at once."""

    def send_message_batch(self, **_call: object) -> dict[str, object]:
        return {}


def unread_queues() -> Queues:
    urls = {name: f"https://sqs.example/{name}" for name in ("requests", "wakeup", *NOTIFICATION_CHANNELS)}
    return Queues(lambda: cast("SQSClient", Bottomless()), urls)
