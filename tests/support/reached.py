"""People who are reached at destinations, and the worker that goes there."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpcore
from sqlalchemy import text

from owlpost.channels.guarded import GuardedClient
from owlpost.channels.webhook.channel import WebhookChannel
from owlpost.domain.idempotency import Key
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.seals import Seals
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.wiring.deliver import as_promised
from tests.support.people import Person, add_person
from tests.support.receiving import KEYS, SECRET
from tests.support.services import dispatching
from tests.support.stage import Stage

ADD = text("""
    insert into destinations (id, user_id, channel, sealed, fingerprint, label, state, registered_at)
    values (:id, :user_id, 'webhook', :sealed, :fingerprint, :label, :state, now() - interval '30 days')
""")


ADD_ROOM = text("""
    insert into destinations (id, team_id, channel, sealed, fingerprint, label, state, registered_at, types)
    values (:id, :team_id, 'webhook', :sealed, :fingerprint, '#alerts', :state, now() - interval '30 days',
            string_to_array(:types, ','))
""")


def add_destination(stage: Stage, person: Person, url: str, *, state: str = "live", label: str = "hooks") -> UUID:
    """Connect a URL for a person, a month ago."""
    id_, seals = uuid4(), Seals(KEYS)
    values = {
        "id": id_,
        "user_id": person.id,
        "sealed": seals.seal(id_, {"url": url, "secret": SECRET}),
        "fingerprint": seals.fingerprints(url)[0],
        "label": label,
        "state": state,
    }
    with stage.database.transaction() as connection:
        connection.execute(ADD, values)
    return id_


def add_room(
    stage: Stage, team_id: UUID, url: str, *, state: str = "live", types: tuple[str, ...] | None = None
) -> UUID:
    """Connect a URL for a team, a month ago."""
    id_, seals = uuid4(), Seals(KEYS)
    values = {
        "id": id_,
        "team_id": team_id,
        "sealed": seals.seal(id_, {"url": url, "secret": SECRET}),
        "fingerprint": seals.fingerprints(url)[0],
        "state": state,
        "types": ",".join(types) if types else None,
    }
    with stage.database.transaction() as connection:
        connection.execute(ADD_ROOM, values)
    return id_


def somebody(stage: Stage, **preferences: object) -> Person:
    with stage.database.transaction() as connection:
        return add_person(connection, preferences={"notifications": preferences})


def tell(stage: Stage, *people: Person, type_: str = "feedback.new") -> list[UUID]:
    """Tell these people. Return the ids of their deliveries over the webhook channel."""
    body = {"type": type_, "recipients": {"user_ids": [str(each.id) for each in people]}, "title": "Hello"}
    answer = dispatching(stage.database, stage.queues, stage.clock).enqueue(
        body, platform_key=Key("lambda", str(uuid4()))
    )
    return stage._pending(answer.request_id, "webhook")


def posting(stage: Stage, *inside: str) -> DeliveryWorker:
    """A worker of the webhook channel that may call these receivers."""
    adapter = WebhookChannel(GuardedClient(httpcore.default_ssl_context(), frozenset(inside)), Seals(KEYS))
    channel = as_promised(OPTIONAL_CHANNELS["webhook"], adapter)
    return replace(stage.worker(), adapter=adapter, channel=channel, release=stage.release("webhook"))


def destination_row(stage: Stage, id_: UUID) -> dict[str, Any]:
    with stage.database.transaction() as connection:
        found = connection.execute(text("select * from destinations where id = :id"), {"id": id_})
        return dict(found.mappings().one())
