"""Mutated requests by the laptop's SQS: whatever they are, what innocents sent beside them is stored."""

import json
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from sqlalchemy import text

from infra.local.account import CREDENTIALS, REGION
from infra.local.laptop.laptop import Laptop
from infra.local.postgres.postmaster import wait_until
from owlpost.db.session import Database
from tests.fuzz.conftest import Budget
from tests.fuzz.mutation import hostile
from tests.support.sqs_bodies import is_taken_by_sqs

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: Of one round: the function takes ten messages at a time, so every batch has some of both.
HOSTILE = 8
INNOCENT = 32
#: Far less than the queue hides a message whose batch has failed, so that none of these is told by coming again.
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def sqs(laptop: Laptop) -> "SQSClient":
    return boto3.client("sqs", endpoint_url=laptop.state()["sqs"], region_name=REGION, **CREDENTIALS)


def test_what_innocents_send_beside_hostile_messages_is_stored_and_the_queue_runs_empty(
    laptop: Laptop, stored: Database, sqs: "SQSClient", honest: list[dict[str, Any]], budget: Budget
) -> None:
    queue = laptop.state()["queues"]["requests"]
    payloads = (payload for payload in hostile(budget.chance, honest) if is_taken_by_sqs(payload))
    while budget.is_left():
        tried = list(islice(payloads, HOSTILE))
        budget.tried += HOSTILE
        innocent = [{**honest[0], "idempotency_key": str(uuid4())} for _ in range(INNOCENT)]
        bodies = [*tried, *map(json.dumps, innocent)]
        budget.chance.shuffle(bodies)
        for body in bodies:
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        told = wait_until(lambda: _stored(stored, innocent) == INNOCENT, seconds=PATIENCE_SECONDS)  # noqa: B023 (called at once)
        assert told, [budget.named(each) for each in tried]
        ended = wait_until(lambda: _waiting(sqs, queue) == 0, seconds=PATIENCE_SECONDS)
        assert ended, [budget.named(each) for each in tried]
    assert budget.tried


def _stored(database: Database, innocent: list[dict[str, Any]]) -> int:
    with database.transaction() as connection:
        found = connection.execute(
            text("select count(*) from notification_requests where idempotency_key = any(:keys)"),
            {"keys": [f"fuzz {each['type']} {each['idempotency_key']}" for each in innocent]},
        )
        return int(found.scalar_one())


def _waiting(sqs: "SQSClient", queue: str) -> int:
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    ready, hidden = found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesNotVisible"]
    return int(ready) + int(hidden) + int(found["ApproximateNumberOfMessagesDelayed"])
