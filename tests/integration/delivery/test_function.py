"""One channel's worker, through the real handler, its own adapter and the queue of its channel."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from functions import deliver, enqueue
from owlpost.db.session import Database
from owlpost.queue import Queues
from owlpost.queue_messages import Received
from tests.support.people import add_person
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.wired import Context, Wired, sqs_event


@pytest.fixture
def told(wired: Wired, database: Database, queues: Queues) -> list[Received]:
    """Three people are told; the messages that stand on the e-mail queue."""
    with database.transaction() as connection:
        people = [str(add_person(connection).id) for _ in range(3)]
    body = {"type": "feedback.new", "recipients": {"user_ids": people}, "title": "New feedback", "link": "/dashboard"}
    enqueue.handler(body, Context())
    return take(queues, "email")


def handle(messages: list[Received]) -> dict[str, Any]:
    return deliver.handler(sqs_event("email", messages), Context())


def rows(database: Database) -> list[tuple[str, str | None]]:
    with database.transaction() as connection:
        query = text("select status, error from notification_deliveries where channel = 'email' order by id")
        return [(row.status, row.error) for row in connection.execute(query)]


@pytest.fixture
def unreachable() -> Iterator[str]:
    """An address on which nobody listens. Its port is held, or somebody else could take it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_the_worker_sends_what_its_queue_holds(wired: Wired, told: list[Received], database: Database) -> None:
    wired.as_function("deliver-email")
    assert handle(told) == {"batchItemFailures": []}
    assert rows(database) == [("sent", None)] * 3
    assert handle(told) == {"batchItemFailures": []}


def test_a_worker_that_knows_no_way_to_a_phone_skips_it_with_the_reason(
    wired: Wired, told: list[Received], database: Database, queues: Queues
) -> None:
    wired.as_function("deliver-mobile_push")
    answer = deliver.handler(sqs_event("mobile_push", take(queues, "mobile_push")), Context())
    assert answer == {"batchItemFailures": []}
    with database.transaction() as connection:
        query = text("select distinct status, error from notification_deliveries where channel = 'mobile_push'")
        assert [tuple(row) for row in connection.execute(query)] == [("skipped", "no_device")]


def test_while_the_provider_is_away_every_message_comes_back_and_nothing_is_lost(
    wired: Wired, told: list[Received], database: Database, queues: Queues, unreachable: str
) -> None:
    nowhere = {"RESEND_API_KEY": "re_test", "RESEND_BASE_URL": unreachable}
    wired.as_function("deliver-email", **nowhere, EMAIL_FROM="owl@example.com", WEB_URL="https://owl.example.com")
    answer = handle(told)
    assert {each["itemIdentifier"] for each in answer["batchItemFailures"]} == {message.id for message in told}
    assert rows(database) == [("pending", "unreachable")] * 3
    assert dead_letter_reasons(queues, "email") == []


def test_poison_on_a_channels_queue_is_a_dead_letter_and_hurts_no_other(
    wired: Wired, told: list[Received], database: Database, queues: Queues
) -> None:
    wired.as_function("deliver-email")
    poison = Received("poison", "{}", "no handle")
    assert handle([poison, *told]) == {"batchItemFailures": []}
    assert dead_letter_reasons(queues, "email") == ["the message is not a delivery id"]
    assert rows(database) == [("sent", None)] * 3


def test_an_event_without_messages_is_nothing_to_do(wired: Wired) -> None:
    wired.as_function("deliver-email")
    assert deliver.handler({"Records": []}, Context()) == {"batchItemFailures": []}
    assert deliver.handler({}, Context()) == {"batchItemFailures": []}
