"""The messages on a queue, read as a worker reads them."""

from owlpost.queue import Queues
from owlpost.queue_messages import Received


def take(queues: Queues, name: str) -> list[Received]:
    """Receive all visible messages. They stay in flight."""
    messages: list[Received] = []
    while batch := queues.client.receive_message(
        QueueUrl=queues.urls[name],
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages"):
        messages.extend(
            Received(
                each["MessageId"],
                each["Body"],
                each["ReceiptHandle"],
                int(each["Attributes"]["ApproximateReceiveCount"]),
                {name: value["StringValue"] for name, value in each.get("MessageAttributes", {}).items()},
            )
            for each in batch
        )
    return messages


def dead_letter_reasons(queues: Queues, name: str) -> list[str]:
    """Return the `error` attributes of a queue's dead letters."""
    answer = queues.client.receive_message(
        QueueUrl=queues.urls[f"{name}-dlq"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    return [each["MessageAttributes"]["error"]["StringValue"] for each in answer.get("Messages", [])]
