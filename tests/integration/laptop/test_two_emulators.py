"""What only one emulator of SQS believes: the same question to ministack, on which the laptop runs, and to moto.

Where they agree with each other and with AWS nothing is listed; docs/local.md has the differences.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.account import CREDENTIALS, REGION
from infra.local.sqs.emulator import Emulator

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: The rules of AWS on which an emulator differs: its own answer by rule.
DIFFERENT: dict[str, dict[str, str]] = {
    "ministack": {
        "a delay above 900 s is refused": "taken",
        "more than ten attributes are refused": "taken",
        "an attribute of an unknown type is refused": "taken",
        "a wait above 20 s is refused": "taken",
        "hiding for more than 12 hours is refused": "taken",
        "the handle of an earlier receive is taken": "ReceiptHandleIsInvalid",
    },
    "moto": {
        "more than ten attributes are refused": "taken",
        "a body with a character that XML lacks is refused": "taken",
    },
}


@contextmanager
def ministack(folder: Path) -> Iterator["SQSClient"]:
    with Emulator(folder) as emulator:
        yield emulator.client()


@contextmanager
def moto(_: Path) -> Iterator["SQSClient"]:
    with mock_aws():
        yield boto3.client("sqs", region_name=REGION, **CREDENTIALS)


@pytest.fixture(params=[ministack, moto], scope="module")
def emulator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, "SQSClient"]]:
    with request.param(tmp_path_factory.mktemp("sqs")) as client:
        yield request.param.__name__, client


def taken(ask: Callable[[], object]) -> str:
    """Return `taken`, or the code of the error."""
    try:
        ask()
    except ClientError as error:
        return str(error.response["Error"]["Code"]).removeprefix("AWS.SimpleQueueService.")
    return "taken"


def received(client: "SQSClient", url: str) -> str:
    (message,) = client.receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
    return message["ReceiptHandle"]


def of_an_earlier_receive(client: "SQSClient", url: str) -> str:
    client.send_message(QueueUrl=url, MessageBody="twice")
    earlier = received(client, url)
    client.change_message_visibility(QueueUrl=url, ReceiptHandle=earlier, VisibilityTimeout=0)
    received(client, url)
    return earlier


def attributes(number: int, kind: str) -> dict[str, Any]:
    return {f"a{each}": {"DataType": kind, "StringValue": "1"} for each in range(number)}


#: Each rule of AWS, as its API reference states it, and what it answers: `taken` or a refusal.
RULES: dict[str, tuple[bool, Callable[["SQSClient", str], Callable[[], object]]]] = {
    "a delay above 900 s is refused": (
        False,
        lambda sqs, url: lambda: sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=901),
    ),
    "more than ten attributes are refused": (
        False,
        lambda sqs, url: (
            lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes(11, "String"))
        ),
    ),
    "an attribute of an unknown type is refused": (
        False,
        lambda sqs, url: (
            lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes(1, "Bool"))
        ),
    ),
    "a wait above 20 s is refused": (
        False,
        lambda sqs, url: lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=21),
    ),
    "hiding for more than 12 hours is refused": (
        False,
        lambda sqs, url: (
            lambda: sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=received(sqs, url), VisibilityTimeout=43_201
            )
        ),
    ),
    "the handle of an earlier receive is taken": (
        True,
        lambda sqs, url: lambda: sqs.delete_message(QueueUrl=url, ReceiptHandle=of_an_earlier_receive(sqs, url)),
    ),
    "a body with a character that XML lacks is refused": (
        False,
        lambda sqs, url: lambda: sqs.send_message(QueueUrl=url, MessageBody="a\x00b"),
    ),
    "a batch of eleven is refused": (
        False,
        lambda sqs, url: (
            lambda: sqs.send_message_batch(
                QueueUrl=url, Entries=[{"Id": str(each), "MessageBody": "x"} for each in range(11)]
            )
        ),
    ),
    "an id twice in a batch is refused": (
        False,
        lambda sqs, url: (
            lambda: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": each} for each in "xy"])
        ),
    ),
    "a body above 1 MiB is refused": (
        False,
        lambda sqs, url: lambda: sqs.send_message(QueueUrl=url, MessageBody="x" * (1024 * 1024 + 1)),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_an_emulator_keeps_a_rule_of_sqs_or_is_known_not_to(emulator: tuple[str, "SQSClient"], rule: str) -> None:
    name, sqs = emulator
    url = sqs.create_queue(QueueName="".join(each for each in rule if each.isalnum()))["QueueUrl"]
    if rule.startswith(("hiding", "a wait")):  # so that nobody waits for a message
        sqs.send_message(QueueUrl=url, MessageBody="x")
    is_taken, question = RULES[rule]
    answer = taken(question(sqs, url))
    if rule in DIFFERENT[name]:
        assert answer == DIFFERENT[name][rule], "it has changed: docs/local.md lists it"
    else:
        assert (answer == "taken") is is_taken, answer
