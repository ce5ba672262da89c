"""Queries of a person's destinations. Each holds to the person by its own predicate."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.destinations import (
    MOST_DESTINATIONS,
    MOST_TESTS_A_DAY,
    TEST_EVERY,
    TEST_TYPE,
    RegisteredDestination,
)

#: With the delivery of its last test, which the page shows. `:user_id` bounds what is searched.
_LIST = f"""
    select t.id, t.channel, t.label, t.state, t.verified_at, t.last_ok_at, t.last_error, t.last_error_at, t.failing_since,
           t.created_at, t.tested_at, test.status as test_status, test.error as test_error
    from destinations t
    left join lateral (
      select d.status, d.error
      from notifications n
      join notification_deliveries d on d.notification_id = n.id
      where t.tested_at is not null and n.user_id = t.user_id and n.type = '{TEST_TYPE}' and not n.in_app
        and n.created_at >= t.tested_at and d.destination_id = t.id
      order by n.created_at desc limit 1
    ) test on true
    where t.user_id = :user_id"""
LIST_DESTINATIONS = text(f"{_LIST} order by t.created_at, t.id")
FIND_DESTINATION = text(f"{_LIST} and t.id = :id")

#: Whoever connects waits for whoever is connecting for the same person: else two at once would both find room.
LOCK_OWNER = text("select pg_advisory_xact_lock(hashtextextended('owlpost.destinations:' || :user_id, 0))")
COUNT_DESTINATIONS = text("""
    select count(*) as number, coalesce(bool_or(fingerprint = any(string_to_array(:fingerprints, ','))), false) as known
    from destinations where user_id = :user_id and channel = :channel
""")
ADD_DESTINATION = text("""
    insert into destinations (id, user_id, channel, sealed, fingerprint, label)
    values (:id, :user_id, :channel, :sealed, :fingerprint, :label)
""")
CHANGE_DESTINATION = text("""
    update destinations
    set label = coalesce(:label, label),
        state = case when cast(:state as text) is not null and state in ('live', 'off') then :state else state end
    where id = :id and user_id = :user_id
    returning cast(:state as text) is null or state = :state as done
""")
DELETE_DESTINATION = text("delete from destinations where id = :id and user_id = :user_id returning id")
FIND_SEALED = text("select sealed from destinations where id = :id and user_id = :user_id for update")
RESEAL = text("update destinations set sealed = :sealed where id = :id and user_id = :user_id")

#: Takes the right to one test, unless the last one was a moment ago, or the person had many today.
TAKE_TEST = text(f"""
    update destinations t
    set tested_at = now()
    where t.id = :id and t.user_id = :user_id
      and (t.tested_at is null or t.tested_at <= now() - make_interval(secs => {TEST_EVERY.total_seconds():.0f}))
      and (
        select count(*) from notifications n
        where n.user_id = :user_id and n.type = '{TEST_TYPE}' and not n.in_app and n.created_at > now() - interval '1 day'
      ) < {MOST_TESTS_A_DAY}
    returning t.channel, t.label
""")
#: A test is a notification that no inbox shows, with one delivery to the one destination.
ADD_TEST = text(f"""
    with told as (
      insert into notifications (id, user_id, type, title, body, data, in_app, created_at, request_id)
      values (owlpost_uuid7(), :user_id, '{TEST_TYPE}', :title, :body, '{{}}', false, now(), :request_id)
      returning id
    )
    insert into notification_deliveries
      (id, notification_id, channel, status, created_at, queued_at, destination_id, decided_by)
    select owlpost_uuid7(), told.id, :channel, 'pending', now(), now(), :destination_id, 'mandatory'
    from told
    returning id
""")


@dataclass(frozen=True, slots=True)
class NewDestination:
    id: UUID
    channel: str
    sealed: str
    #: Under each key, the newest first.
    fingerprints: list[str]
    label: str


def all_of(connection: Connection, user_id: UUID) -> list[RegisteredDestination]:
    """Return the person's destinations, the first connected one first."""
    return rows.values(RegisteredDestination, connection.execute(LIST_DESTINATIONS, {"user_id": user_id}))


def find(connection: Connection, user_id: UUID, id_: UUID) -> RegisteredDestination | None:
    """Return the destination if it is the person's."""
    return rows.optional(
        RegisteredDestination, connection.execute(FIND_DESTINATION, {"user_id": user_id, "id": id_}).first()
    )


def add(connection: Connection, user_id: UUID, new: NewDestination) -> str | None:
    """Add a destination. Return None, or why not: `known` or `full`."""
    connection.execute(LOCK_OWNER, {"user_id": str(user_id)})
    values = {"user_id": user_id, "channel": new.channel}
    found = connection.execute(COUNT_DESTINATIONS, {**values, "fingerprints": ",".join(new.fingerprints)}).one()
    if found.known or found.number >= MOST_DESTINATIONS:
        return "known" if found.known else "full"
    added = {"id": new.id, "sealed": new.sealed, "fingerprint": new.fingerprints[0], "label": new.label}
    connection.execute(ADD_DESTINATION, {**values, **added})
    return None


def change(connection: Connection, user_id: UUID, id_: UUID, *, label: str | None, state: str | None) -> bool | None:
    """Change the label, and switch between `live` and `off`. Return None for a stranger's, False if it is neither of these."""
    values = {"id": id_, "user_id": user_id, "label": label, "state": state}
    row = connection.execute(CHANGE_DESTINATION, values).one_or_none()
    return row.done if row else None


def delete(connection: Connection, user_id: UUID, id_: UUID) -> bool:
    """Return whether the person had such a destination."""
    return connection.execute(DELETE_DESTINATION, {"user_id": user_id, "id": id_}).one_or_none() is not None


def sealed_of(connection: Connection, user_id: UUID, id_: UUID) -> str | None:
    """Return what is sealed of the person's destination, and lock it until the transaction ends."""
    row = connection.execute(FIND_SEALED, {"id": id_, "user_id": user_id}).one_or_none()
    return row.sealed if row else None


def reseal(connection: Connection, user_id: UUID, id_: UUID, sealed: str) -> None:
    """Replace what is sealed."""
    connection.execute(RESEAL, {"id": id_, "user_id": user_id, "sealed": sealed})


def add_test(connection: Connection, user_id: UUID, id_: UUID, *, request_id: UUID) -> tuple[str, UUID] | None:
    """Write a test. Return its channel and the id of its delivery; None if it came too soon or too often."""
    connection.execute(LOCK_OWNER, {"user_id": str(user_id)})
    taken = connection.execute(TAKE_TEST, {"id": id_, "user_id": user_id}).one_or_none()
    if taken is None:
        return None
    values = {
        "user_id": user_id,
        "title": "A test from Owlpost",
        "body": f"This is how notifications reach {taken.label}.",
        "request_id": request_id,
        "channel": taken.channel,
        "destination_id": id_,
    }
    delivery_id: UUID = connection.execute(ADD_TEST, values).scalar_one()
    return taken.channel, delivery_id
