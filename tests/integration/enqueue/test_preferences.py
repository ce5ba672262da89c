"""Preferences resolved in SQL, against the pure resolution, for any blob that a host's column may hold."""

import json
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from owlpost.domain.preferences import enabled_channels
from owlpost.domain.types import NotificationType, configurable_types
from tests.support.json_blobs import preferences
from tests.support.services import dispatching
from tests.support.unread_queues import unread_queues


def add_people(database: Database, blobs: Sequence[object]) -> dict[UUID, object]:
    """One person for each blob, by id."""
    people = {uuid4(): blob for blob in blobs}
    rows = [{"id": str(each), "email": each.hex, "preferences": blob} for each, blob in people.items()]
    with database.transaction() as connection:
        connection.execute(
            text("""
                insert into users (id, email, name, preferences)
                select id, email, 'Someone', preferences
                from jsonb_to_recordset(cast(:rows as jsonb)) as person (id uuid, email text, preferences jsonb)
                where preferences is not null
            """),
            {"rows": json.dumps(rows)},
        )
    return {each: blob for each, blob in people.items() if blob is not None}


def told(database: Database, request_id: UUID | None) -> dict[UUID, tuple[frozenset[str], bool]]:
    """The channels on which each person has a delivery, and whether the row shows in the inbox."""
    with database.transaction() as connection:
        rows = connection.execute(
            text("""
                select n.user_id, n.in_app, coalesce(string_agg(d.channel, ','), '') as channels
                from notifications n left join notification_deliveries d on d.notification_id = n.id
                where n.request_id = :request_id
                group by n.id
            """),
            {"request_id": request_id},
        )
        return {row.user_id: (frozenset(filter(None, row.channels.split(","))), row.in_app) for row in rows}


def as_resolved(blob: object, kind: NotificationType) -> tuple[frozenset[str], bool]:
    channels = enabled_channels(blob, kind)
    return channels, "in_app" in channels


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blobs=st.lists(preferences, min_size=20, max_size=40))
def test_sql_resolves_any_blob_as_the_pure_function_does(database: Database, blobs: Sequence[object]) -> None:
    people = add_people(database, blobs)
    dispatch = dispatching(database, unread_queues(), utc_now)
    for kind in configurable_types():
        body = {"type": kind.key, "recipients": {"user_ids": [str(each) for each in people]}, "title": "Hello"}
        answer = dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
        assert told(database, answer.request_id) == {each: as_resolved(blob, kind) for each, blob in people.items()}


@pytest.mark.own_database
def test_a_person_whose_host_keeps_no_preferences_gets_the_defaults(database: Database) -> None:
    (kind, *_) = configurable_types()
    person = uuid4()
    with database.transaction() as connection:
        connection.execute(text("alter table users alter column preferences drop not null"))
        connection.execute(
            text("insert into users (id, email, name, preferences) values (:id, 'a@b', 'A', null)"), {"id": person}
        )
    body = {"type": kind.key, "recipients": {"user_ids": [str(person)]}, "title": "Hello"}
    answer = dispatching(database, unread_queues(), utc_now).enqueue(body, platform_key=Key("lambda", "1"))
    assert told(database, answer.request_id) == {person: as_resolved(None, kind)}
