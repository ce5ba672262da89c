"""Mutated commands of an operator to the function in this process: each is answered, or refused by its field."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from functions import operate
from infra.local.postgres.server import Postgres
from owlpost.db.session import Database
from owlpost.queue import Queues
from tests.fuzz import cost
from tests.fuzz.conftest import Budget
from tests.fuzz.honest import commands
from tests.fuzz.mutation import hostile
from tests.support.people import add_person
from tests.support.wired import Context, Wired


@pytest.fixture
def person(
    postgres: Postgres, database_name: str, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    wired = Wired(postgres, database_name, queues, monkeypatch)
    wired.as_function("operate")
    with database.transaction() as connection:
        person = add_person(connection)
    yield str(person.id)
    wired.end()


def test_a_command_is_carried_out_or_refused_by_its_field(person: str, budget: Budget) -> None:
    payloads = hostile(budget.chance, commands(person))
    while budget.is_left():
        budget.tried += 1
        payload = next(payloads)
        try:
            event = json.loads(payload)
        except (ValueError, RecursionError):
            continue  # Lambda refuses it before the function sees it
        try:
            with cost.bounded(len(payload)):
                answer = operate.handler(event, Context(str(uuid4())))
            json.dumps(answer)
        except Exception as fault:
            raise AssertionError(budget.named(payload)) from fault
    assert budget.tried
