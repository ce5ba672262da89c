"""Run on a copy of the source to which `docs/add-a-channel.md` was applied."""

from importlib import import_module
from typing import Any

from functions import deliver, enqueue
from infra.topology.plan import GUEST_SETTINGS, METER_SETTINGS, topology
from owlpost.db.session import Database
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.preferences import resolve
from owlpost.domain.types import configurable_types
from owlpost.queue import Queues
from owlpost.wiring.deliver import as_promised
from tests.integration.extended.listener import Listening
from tests.support.adapters import ScriptedAdapter
from tests.support.people import add_person
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.wired import Context, Wired, sqs_event

CHOSEN = {"notifications": {"types": {"feedback.new": {"relay": True}}}}


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
        query = "select status, error from notification_deliveries where channel = 'relay'"
        return [(row.status, row.error) for row in connection.exec_driver_sql(query)]


def test_the_topology_has_its_queue_its_worker_and_what_joins_them() -> None:
    assert topology().queue("relay").dead_letter_name == "relay-dlq"
    assert topology().function("deliver-relay").settings == ("RELAY_", *METER_SETTINGS, *GUEST_SETTINGS)
    (source,) = (source for source in topology().event_sources if source.queue == "relay")
    assert source.function == "deliver-relay"


def test_it_can_be_chosen_for_every_type_and_is_on_for_nobody_who_has_not(wired: Wired, database: Database) -> None:
    assert all(resolve({}, kind)["relay"] is False for kind in configurable_types())
    assert "relay" not in tell(database)["deliveries"]


def test_who_chose_it_is_told_over_it(wired: Wired, database: Database, queues: Queues, listening: Listening) -> None:
    assert tell(database, **CHOSEN)["deliveries"]["relay"] == 1
    messages = take(queues, "relay")
    wired.as_function("deliver-relay", RELAY_URL=listening.url)
    for _ in range(2):
        assert deliver.handler(sqs_event("relay", messages), Context()) == {"batchItemFailures": []}
    ((key, posted),) = listening.posts
    assert key == messages[0].body
    assert (posted["type"], posted["title"], posted["link"]) == ("feedback.new", "Hello", "/dashboard")
    assert statuses(database) == [("sent", None)]


def test_what_it_refuses_fails_and_what_it_is_not_set_up_for_is_skipped(
    wired: Wired, database: Database, queues: Queues, listening: Listening
) -> None:
    tell(database, **CHOSEN)
    wired.as_function("deliver-relay", RELAY_URL=listening.url + "/gone")
    deliver.handler(sqs_event("relay", take(queues, "relay")), Context())
    assert statuses(database) == [("failed", "http_410")]
    wired.as_function("enqueue")
    tell(database, **CHOSEN)
    wired.as_function("deliver-relay")
    deliver.handler(sqs_event("relay", take(queues, "relay")), Context())
    assert sorted(statuses(database)) == [("failed", "http_410"), ("skipped", "no_relay")]


def test_it_is_used_as_its_adapter_promises() -> None:
    channel = NOTIFICATION_CHANNELS["relay"]
    used = as_promised(channel, import_module(str(channel.adapter)).build({}))
    assert (used.twice, used.freezes_batches, used.most) == (False, False, 100)
    assert as_promised(channel, ScriptedAdapter()).twice


def test_while_nobody_listens_its_message_comes_back(
    wired: Wired, database: Database, queues: Queues, listening: Listening
) -> None:
    tell(database, **CHOSEN)
    listening.leave()
    wired.as_function("deliver-relay", RELAY_URL=listening.url)
    (message,) = take(queues, "relay")
    answer = deliver.handler(sqs_event("relay", [message]), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": message.id}]}
    assert statuses(database) == [("pending", "unreachable")]
    assert dead_letter_reasons(queues, "relay") == []
