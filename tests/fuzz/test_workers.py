"""Hostile messages on a channel's queue, in this process: the deliveries beside them are made all the same."""

import uuid
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import text

from functions import deliver
from infra.local.postgres.server import Postgres
from owlpost.db.session import Database
from owlpost.queue import Queues
from owlpost.queue_messages import Received
from tests.fuzz import nasty
from tests.fuzz.conftest import Budget
from tests.fuzz.test_requests import attributes
from tests.support.people import add_person
from tests.support.sqs_bodies import is_taken_by_sqs
from tests.support.wired import Context, Wired, sqs_event

NEIGHBOURS = 3
BODIES = [each for each in nasty.TEXTS if is_taken_by_sqs(each)]


@pytest.fixture
def mailing(postgres: Postgres, database_name: str, queues: Queues, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is a worker of mail without a provider's key: it prints each mail, and has sent it then."""
    wired = Wired(postgres, database_name, queues, monkeypatch)
    wired.as_function("deliver-email", EMAIL_FROM="owl@example.com", WEB_URL="https://owl.example.com")
    yield
    wired.end()


@pytest.mark.usefixtures("mailing")
def test_deliveries_beside_hostile_messages_are_made(database: Database, budget: Budget) -> None:
    while budget.is_left():
        budget.tried += 1
        innocent = _deliveries(database)
        hostile = budget.chance.sample(BODIES, 2)
        bodies = [*hostile, *map(str, innocent)]
        budget.chance.shuffle(bodies)
        event = sqs_event("email", [Received(str(uuid.uuid4()), body, str(uuid.uuid4())) for body in bodies])
        budget.chance.choice(event["Records"])["messageAttributes"] = attributes(budget.chance)
        try:
            answer = deliver.handler(event, Context(str(uuid.uuid4())))
        except Exception as fault:
            raise AssertionError(budget.named(repr(hostile))) from fault
        assert answer == {"batchItemFailures": []}, budget.named(repr(hostile))
        assert _sent(database, innocent) == NEIGHBOURS, budget.named(repr(hostile))
    assert budget.tried


def _deliveries(database: Database) -> list[UUID]:
    """Return pending mails to somebody new."""
    with database.transaction() as connection:
        person = add_person(connection)
        found = connection.execute(
            text("""
                with told as (
                  insert into notifications (request_id, user_id, type, title)
                  select gen_random_uuid(), :person, 'feedback.new', 'Hello' from generate_series(1, :number)
                  returning id
                )
                insert into notification_deliveries (notification_id, channel)
                select id, 'email' from told returning id
            """),
            {"person": person.id, "number": NEIGHBOURS},
        )
        return list(found.scalars())


def _sent(database: Database, ids: list[UUID]) -> int:
    with database.transaction() as connection:
        found = connection.execute(
            text("select count(*) from notification_deliveries where id = any(:ids) and status = 'sent'"), {"ids": ids}
        )
        return int(found.scalar_one())
