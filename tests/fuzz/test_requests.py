"""Mutated requests to the enqueue function in this process, many a second: each is taken or refused, and costs no neighbour."""

import json
from collections.abc import Iterator
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
from tests.fuzz.conftest import Budget
from tests.fuzz.honest import requests_to
from tests.fuzz.mutation import as_text, mutated
from tests.support.people import add_person, add_team
from tests.support.sqs_bodies import is_taken_by_sqs
from tests.support.wired import Context, Wired, sqs_event

#: What Lambda takes at most.
INVOKE_BYTES = 6_000_000
NEIGHBOURS = 3


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
    while budget.is_left():
        budget.tried += 1
        payload = as_text(budget.chance, mutated(budget.chance, budget.chance.choice(honest)))
        try:
            event = json.loads(payload)
        except (ValueError, RecursionError):
            continue  # Lambda refuses it before the function sees it
        if len(payload.encode(errors="surrogatepass")) > INVOKE_BYTES:
            continue
        try:
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
    while budget.is_left():
        budget.tried += 1
        payload = as_text(budget.chance, mutated(budget.chance, budget.chance.choice(honest)))
        if not is_taken_by_sqs(payload):
            continue
        neighbours = [{**honest[0], "idempotency_key": str(uuid4())} for _ in range(NEIGHBOURS)]
        bodies = [payload, *map(json.dumps, neighbours)]
        budget.chance.shuffle(bodies)
        messages = [Received(str(uuid4()), body, str(uuid4())) for body in bodies]
        answer = enqueue.handler(sqs_event("requests", messages), Context(str(uuid4())))
        assert answer == {"batchItemFailures": []}, budget.named(payload)
        assert _stored(database, neighbours) == NEIGHBOURS, budget.named(payload)
    assert budget.tried


def _stored(database: Database, requests: list[dict[str, Any]]) -> int:
    with database.transaction() as connection:
        found = connection.execute(
            text("select count(*) from notification_requests where idempotency_key = any(:keys)"),
            {"keys": [f"fuzz {each['type']} {each['idempotency_key']}" for each in requests]},
        )
        return int(found.scalar_one())
