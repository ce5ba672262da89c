"""Lambda's event for received messages, and its reading of the function's answer. Pure."""

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from infra.local.account import REGION, queue_arn
from infra.local.runtime.limits import MOST_SYNC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

#: Bytes of an event for each record beside the record: the queue's name and the list it stands in.
RECORD_OVERHEAD = 128


def sqs_event(queue: str, messages: "Sequence[MessageTypeDef]") -> dict[str, Any]:
    """Return the event of an SQS event source. `queue` is the topology's name."""
    return {"Records": [_record(queue, message) for message in messages]}


def batches(messages: "Sequence[MessageTypeDef]") -> "Iterator[Sequence[MessageTypeDef]]":
    """Part the messages so that each part fits into one synchronous call; one that alone does not is a part of its own."""
    start = size = 0
    for number, message in enumerate(messages):
        record = len(json.dumps(_record("", message)).encode()) + RECORD_OVERHEAD
        if number > start and size + record > MOST_SYNC:
            yield messages[start:number]
            start, size = number, 0
        size += record
    if messages:
        yield messages[start:]


def _record(queue: str, message: "MessageTypeDef") -> dict[str, Any]:
    attributes = message.get("MessageAttributes", {})
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(value) for name, value in attributes.items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn(queue),
        "awsRegion": REGION,
    }
    if attributes:
        record["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return record


def _attribute(value: "MessageAttributeValueOutputTypeDef") -> dict[str, Any]:
    shaped: dict[str, Any] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if "StringValue" in value:
        shaped["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        shaped["binaryValue"] = b64encode(value["BinaryValue"]).decode()
    return shaped


def failed_messages(answer: Any, ids: set[str]) -> set[str]:
    """Return the messages that come back, by the function's partial batch response.

    Nothing, `{}` and an empty or null list say that all are done; whatever cannot be understood, or names a message
    that was not in the batch, fails them all
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
    """
    if answer is None:
        return set()
    if not isinstance(answer, dict):
        return ids
    failures = answer.get("batchItemFailures") or []
    if not isinstance(failures, list) or not all(isinstance(failure, dict) for failure in failures):
        return ids
    named = [failure.get("itemIdentifier") for failure in failures]
    return set(named) if all(isinstance(name, str) and name in ids for name in named) else ids
