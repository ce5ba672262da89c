"""Run on a copy of the source to which `docs/add-a-channel.md` was applied."""

from typing import Any

from functions import deliver, enqueue
from infra.topology.plan import METER_SETTINGS, topology
from owlpost.db.session import Database
from owlpost.domain.preferences import resolve
from owlpost.domain.types import configurable_types
from owlpost.queue import Queues
from tests.integration.extended.listener import Listening
from tests.support.people import add_person
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.wired import Context, Wired, sqs_event

CHOSEN = {"notifications": {"types": {"feedback.new": {"webhook": True}}}}


def tell(database: Database, **preferences: object) -> dict[str, Any]:
    with database.transaction() as connection:
        person = add_person(connection, preferences=preferences)
    body = {
        "type": "feedback.new",
        "recipients": {"user_ids": [str(person.id)]},
        "title": "Hello",
        "link": "/dashboard",
    }
    return enqueue.handler(body, Context())


def statuses(database: Database) -> list[tuple[str, str | None]]:
    with database.transaction() as connection:
        query = "select status, error from notification_deliveries where channel = 'webhook'"
        return [(row.status, row.error) for row in connection.exec_driver_sql(query)]


def test_the_topology_has_its_queue_its_worker_and_what_joins_them() -> None:
    assert topology().queue("webhook").dead_letter_name == "webhook-dlq"
    assert topology().function("deliver-webhook").settings == ("WEBHOOK_", *METER_SETTINGS)
    (source,) = (source for source in topology().event_sources if source.queue == "webhook")
    assert source.function == "deliver-webhook"


def test_it_can_be_chosen_for_every_type_and_is_on_for_nobody_who_has_not(wired: Wired, database: Database) -> None:
    assert all(resolve({}, kind)["webhook"] is False for kind in configurable_types())
    assert "webhook" not in tell(database)["deliveries"]


def test_who_chose_it_is_told_over_it(wired: Wired, database: Database, queues: Queues, listening: Listening) -> None:
    assert tell(database, **CHOSEN)["deliveries"]["webhook"] == 1
    messages = take(queues, "webhook")
    wired.as_function("deliver-webhook", WEBHOOK_URL=listening.url)
    for _ in range(2):
        assert deliver.handler(sqs_event("webhook", messages), Context()) == {"batchItemFailures": []}
    ((key, posted),) = listening.posts
    assert key == messages[0].body
    assert (posted["type"], posted["title"], posted["link"]) == ("feedback.new", "Hello", "/dashboard")
    assert statuses(database) == [("sent", None)]


def test_what_it_refuses_fails_and_what_it_is_not_set_up_for_is_skipped(
    wired: Wired, database: Database, queues: Queues, listening: Listening
) -> None:
    tell(database, **CHOSEN)
    wired.as_function("deliver-webhook", WEBHOOK_URL=listening.url + "/gone")
    deliver.handler(sqs_event("webhook", take(queues, "webhook")), Context())
    assert statuses(database) == [("failed", "http_410")]
    wired.as_function("enqueue")
    tell(database, **CHOSEN)
    wired.as_function("deliver-webhook")
    deliver.handler(sqs_event("webhook", take(queues, "webhook")), Context())
    assert sorted(statuses(database)) == [("failed", "http_410"), ("skipped", "no_webhook")]


def test_while_nobody_listens_its_message_comes_back(
    wired: Wired, database: Database, queues: Queues, listening: Listening
) -> None:
    tell(database, **CHOSEN)
    listening.leave()
    wired.as_function("deliver-webhook", WEBHOOK_URL=listening.url)
    (message,) = take(queues, "webhook")
    answer = deliver.handler(sqs_event("webhook", [message]), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": message.id}]}
    assert statuses(database) == [("pending", "unreachable")]
    assert dead_letter_reasons(queues, "webhook") == []
