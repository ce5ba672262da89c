"""What only one emulator of SQS believes: the same question to ministack and fauxqs, on which the laptop runs, and to moto.

Where they agree with each other and with AWS nothing is listed; docs/local.md has the differences.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.account import CREDENTIALS, REGION
from infra.local.sqs.emulator import Emulator
from infra.local.sqs.program import FAUXQS
from tests.support.sqs_rules import ALLOWED, REFUSED, RULES

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
        "a second purge within a minute is refused": "taken",
        "dead letters can be moved back": "InvalidAction",
    },
    "moto": {
        "more than ten attributes are refused": "taken",
        "a body with a character that XML lacks is refused": "taken",
        "the trace header of the call is handed on": "left out",
        "a dead letter names its source": "left out",
        "dead letters can be moved back": "InvalidAction",
    },
    "fauxqs": {
        "a delay above 900 s is refused": "taken",
        "more than ten attributes are refused": "taken",
        "an attribute of an unknown type is refused": "taken",
        "attributes that nobody asked for are left out": "handed on",
        "a handle that never was is refused": "taken",
        "a dead letter names its source": "left out",
        "a second purge within a minute is refused": "taken",
        "dead letters can be moved back": "InvalidAction",
    },
}


@contextmanager
def ministack(folder: Path) -> Iterator["SQSClient"]:
    with Emulator(folder) as emulator:
        yield emulator.client()


@contextmanager
def fauxqs(folder: Path) -> Iterator["SQSClient"]:
    with Emulator(folder, program=FAUXQS) as emulator:
        yield emulator.client()


@contextmanager
def moto(_: Path) -> Iterator["SQSClient"]:
    with mock_aws():
        yield boto3.client("sqs", region_name=REGION, **CREDENTIALS)


@pytest.fixture(params=[ministack, fauxqs, moto], scope="module")
def emulator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, "SQSClient"]]:
    with request.param(tmp_path_factory.mktemp("sqs")) as client:
        yield request.param.__name__, client


def answer_of(ask: Callable[[], object]) -> str:
    """Return what `ask` says of it, or `taken`, or the code of the error."""
    try:
        said = ask()
    except ClientError as error:
        return str(error.response["Error"]["Code"]).removeprefix("AWS.SimpleQueueService.")
    except NotImplementedError:  # moto
        return "InvalidAction"
    return said if isinstance(said, str) else "taken"


@pytest.mark.parametrize("rule", RULES)
def test_an_emulator_keeps_a_rule_of_sqs_or_is_known_not_to(emulator: tuple[str, "SQSClient"], rule: str) -> None:
    name, sqs = emulator
    url = sqs.create_queue(QueueName="".join(each for each in rule if each.isalnum()))["QueueUrl"]
    if rule.startswith(("hiding", "a wait")):  # so that nobody waits for a message
        sqs.send_message(QueueUrl=url, MessageBody="x")
    expected, question = RULES[rule]
    answer = answer_of(question(sqs, url))
    if rule in DIFFERENT[name]:
        assert answer == DIFFERENT[name][rule], "it has changed: docs/local.md lists it"
    elif expected == REFUSED:
        assert answer not in ALLOWED
    else:
        assert answer == expected
