"""Mutated requests to the enqueue function in this process, many a second: each is taken or refused, and costs no neighbour."""

import base64
import json
import random
from collections.abc import Iterator
from itertools import islice
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import enqueue
from infra.local.postgres.server import Postgres
from owlpost.db.session import Database
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.queue import Queues
from owlpost.queue_messages import Received
from tests.fuzz import cost, nasty
from tests.fuzz.conftest import Budget
from tests.fuzz.honest import requests_to
from tests.fuzz.mutation import hostile
from tests.support.people import add_person, add_team
from tests.support.sqs_bodies import is_taken_by_sqs
from tests.support.wired import Context, Wired, sqs_event

#: What Lambda takes at most.
INVOKE_BYTES = 6_000_000
#: Of one batch.
HOSTILE, NEIGHBOURS = 7, 3


@pytest.fixture
def wired(postgres: Postgres, database_name: str, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    wired = Wired(postgres, database_name, queues, monkeypatch)
    wired.as_function("enqueue")
    yield wired
    wired.end()


@pytest.fixture
def honest(database: Database) -> list[dict[str, Any]]:
    """Requests that are taken, one of each kind."""
    team = add_team(database, members=2)
    with database.transaction() as connection:
        return requests_to(str(add_person(connection).id), str(team))


def test_an_invoke_is_taken_or_refused_by_its_field(wired: Wired, honest: list[dict[str, Any]], budget: Budget) -> None:
    payloads = hostile(budget.chance, honest)
    while budget.is_left():
        budget.tried += 1
        payload = next(payloads)
        try:
            event = json.loads(payload)
        except (ValueError, RecursionError):
            continue  # Lambda refuses it before the function sees it
        if len(payload.encode(errors="surrogatepass")) > INVOKE_BYTES:
            continue
        try:
            with cost.bounded(len(payload)):
                answer = enqueue.handler(event, Context(str(uuid4())))
        except (InvalidRequest, IdempotencyConflict):
            continue
        except Exception as fault:
            raise AssertionError(budget.named(payload)) from fault
        else:
            json.dumps(answer)
    assert budget.tried


def test_a_message_is_taken_or_kept_as_a_dead_letter_and_its_neighbours_are_told(
    wired: Wired, database: Database, honest: list[dict[str, Any]], budget: Budget
) -> None:
    payloads = (payload for payload in hostile(budget.chance, honest) if is_taken_by_sqs(payload))
    while budget.is_left():
        tried = list(islice(payloads, HOSTILE))
        budget.tried += HOSTILE
        neighbours = [{**honest[0], "idempotency_key": str(uuid4())} for _ in range(NEIGHBOURS)]
        bodies = [*tried, *map(json.dumps, neighbours)]
        budget.chance.shuffle(bodies)
        event = sqs_event("requests", [Received(str(uuid4()), body, str(uuid4())) for body in bodies])
        budget.chance.choice(event["Records"])["messageAttributes"] = attributes(budget.chance)
        try:
            with cost.bounded(sum(map(len, tried))):
                answer = enqueue.handler(event, Context(str(uuid4())))
        except Exception as fault:
            raise AssertionError([budget.named(each) for each in tried]) from fault
        assert answer == {"batchItemFailures": []}, [budget.named(each) for each in tried]
        assert _stored(database, neighbours) == NEIGHBOURS, [budget.named(each) for each in tried]
    assert budget.tried


def attributes(chance: random.Random) -> dict[str, dict[str, Any]]:
    """Return up to ten attributes of a message as anybody who may send one can set them."""
    names = ("correlation_id", "turns", "anything", "_" * 256, *nasty.KEYS)
    return {chance.choice(names): _attribute(chance) for _ in range(chance.choice((0, 1, 2, 10)))}


def _attribute(chance: random.Random) -> dict[str, Any]:
    """Return an attribute of one of the three types, which may have a label.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    kind = chance.choice(("String", "String.label", "Number", "Number.float", "Binary", "Binary.png"))
    if kind.startswith("Binary"):
        return {"dataType": kind, "binaryValue": base64.b64encode(chance.choice(nasty.BYTES)).decode()}
    text = chance.choice([each for each in nasty.TEXTS if is_taken_by_sqs(each)])
    return {"dataType": kind, "stringValue": text}


def _stored(database: Database, requests: list[dict[str, Any]]) -> int:
    with database.transaction() as connection:
        found = connection.execute(
            text("select count(*) from notification_requests where idempotency_key = any(:keys)"),
            {"keys": [f"fuzz {each['type']} {each['idempotency_key']}" for each in requests]},
        )
        return int(found.scalar_one())
