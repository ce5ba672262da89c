"""Rules of SQS as its API reference states them, each as a question to a client and a queue."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


def received(client: "SQSClient", url: str) -> str:
    (message,) = client.receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    return message["ReceiptHandle"]


def stands_beside(client: "SQSClient", url: str, attribute: str) -> str:
    """Receive a message and say whether it has this attribute of the system."""
    (message,) = client.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"], WaitTimeSeconds=2)[
        "Messages"
    ]
    return "handed on" if attribute in message["Attributes"] else "left out"


def of_an_earlier_receive(client: "SQSClient", url: str) -> str:
    client.send_message(QueueUrl=url, MessageBody="twice")
    earlier = received(client, url)
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=earlier, VisibilityTimeout=0)
    received(client, url)
    return earlier


def attributes(number: int, kind: str) -> dict[str, Any]:
    return {f"a{each}": {"DataType": kind, "StringValue": "1"} for each in range(number)}


def handed_on(client: "SQSClient", url: str, attribute: str, **sent: Any) -> str:
    client.send_message(QueueUrl=url, MessageBody="x", **sent)
    return stands_beside(client, url, attribute)


def traced(client: "SQSClient", url: str) -> str:
    def add(params: dict[str, Any], **_: object) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = "Root=1-5759e988-bd862e3fe1be46a994272793"

    client.meta.events.register("before-call.sqs.SendMessage", add)
    try:
        return handed_on(client, url, "AWSTraceHeader")
    finally:
        client.meta.events.unregister("before-call.sqs.SendMessage", add)


def not_asked_for(client: "SQSClient", url: str) -> str:
    client.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes(1, "String"))
    (message,) = client.receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    return "handed on" if "MessageAttributes" in message else "left out"


def with_dead_letter(client: "SQSClient", url: str) -> tuple[str, str]:
    """Send a message that dies at its second receive. Return the URL and the ARN of the queue of dead letters."""
    dead = client.create_queue(QueueName=url.rsplit("/", 1)[1][:60] + "-dlq")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    client.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive})
    client.send_message(QueueUrl=url, MessageBody="x")
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=received(client, url), VisibilityTimeout=0)
    client.receive_message(QueueUrl=url)
    return dead, arn


def source_of_a_dead_letter(client: "SQSClient", url: str) -> str:
    dead, _ = with_dead_letter(client, url)
    return stands_beside(client, dead, "DeadLetterQueueSourceArn")


def back_at_once(client: "SQSClient", url: str) -> str:
    client.send_message(QueueUrl=url, MessageBody="x")
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=received(client, url), VisibilityTimeout=0)
    received(client, url)
    return "taken"


#: Each rule of AWS, as its API reference states it, and its answer; REFUSED is a refusal by whatever code.
REFUSED = "refused"
ALLOWED = ("taken", "handed on", "left out")
RULES: dict[str, tuple[str, Callable[["SQSClient", str], Callable[[], object]]]] = {
    "a delay above 900 s is refused": (
        REFUSED,
        lambda sqs, url: lambda: sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=901),
    ),
    "more than ten attributes are refused": (
        REFUSED,
        lambda sqs, url: (
            lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes(11, "String"))
        ),
    ),
    "an attribute of an unknown type is refused": (
        REFUSED,
        lambda sqs, url: (
            lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes(1, "Bool"))
        ),
    ),
    "a wait above 20 s is refused": (
        REFUSED,
        lambda sqs, url: lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=21),
    ),
    "hiding for more than 12 hours is refused": (
        REFUSED,
        lambda sqs, url: (
            lambda: sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=received(sqs, url), VisibilityTimeout=43_201
            )
        ),
    ),
    "the handle of an earlier receive is taken": (
        "taken",
        lambda sqs, url: lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle=of_an_earlier_receive(sqs, url)),
    ),
    "a body with a character that XML lacks is refused": (
        REFUSED,
        lambda sqs, url: lambda: sqs.send_message(QueueUrl=url, MessageBody="a\x00b"),
    ),
    "a batch of eleven is refused": (
        REFUSED,
        lambda sqs, url: (
            lambda: sqs.send_message_batch(
                QueueUrl=url, Entries=[{"Id": str(each), "MessageBody": "x"} for each in range(11)]
            )
        ),
    ),
    "a second purge within a minute is refused": (
        REFUSED,
        lambda sqs, url: lambda: [sqs.purge_queue(QueueUrl=url) for _ in range(2)],
    ),
    "an id twice in a batch is refused": (
        REFUSED,
        lambda sqs, url: (
            lambda: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": each} for each in "xy"])
        ),
    ),
    "a body with an emoji is taken": (
        "taken",
        lambda sqs, url: lambda: sqs.send_message(QueueUrl=url, MessageBody="an owl: \U0001f989"),
    ),
    "a handle that never was is refused": (
        REFUSED,
        lambda sqs, url: lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle="never"),
    ),
    "a message made visible is received at once": (
        "taken",
        lambda sqs, url: lambda: back_at_once(sqs, url),
    ),
    "the group of a standard queue is handed on": (
        "handed on",
        lambda sqs, url: lambda: handed_on(sqs, url, "MessageGroupId", MessageGroupId="team"),
    ),
    "the trace header of the call is handed on": (
        "handed on",
        lambda sqs, url: lambda: traced(sqs, url),
    ),
    "attributes that nobody asked for are left out": (
        "left out",
        lambda sqs, url: lambda: not_asked_for(sqs, url),
    ),
    "a dead letter names its source": (
        "handed on",
        lambda sqs, url: lambda: source_of_a_dead_letter(sqs, url),
    ),
    "dead letters can be moved back": (
        "taken",
        lambda sqs, url: lambda: sqs.start_message_move_task(SourceArn=with_dead_letter(sqs, url)[1]),
    ),
    "a body above 1 MiB is refused": (
        REFUSED,
        lambda sqs, url: lambda: sqs.send_message(QueueUrl=url, MessageBody="x" * (1024 * 1024 + 1)),
    ),
}
