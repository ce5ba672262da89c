"""Queries of a person's destinations. Each holds to the person by its own predicate."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.destinations import (
    MOST_TESTS_A_DAY,
    TEST_EVERY,
    TEST_TYPE,
    RegisteredDestination,
)

#: With the delivery of its last test, which the page shows. `:user_id` bounds what is searched.
_LIST = f"""
    select t.id, t.channel, t.kind, t.label, t.state, t.verified_at, t.last_ok_at, t.last_error, t.last_error_at,
           t.failing_since, t.created_at, t.tested_at, test.status as test_status, test.error as test_error
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
#: So does whoever connects an address that one owner alone has.
LOCK_ADDRESS = text(
    "select pg_advisory_xact_lock(hashtextextended('owlpost.destinations:' || :channel || :fingerprint, 0))"
)
COUNT_DESTINATIONS = text("""
    select count(*) as number,
           max(cast(id as text)) filter (where fingerprint = any(string_to_array(:fingerprints, ','))) as known
    from destinations where user_id = :user_id and channel = :channel
""")
#: The one that was not seen for longest gives way, of those that were there before.
MAKE_ROOM = text("""
    delete from destinations where id in (
      select id from destinations where user_id = :user_id and channel = :channel
      order by coalesce(last_seen_at, registered_at), id limit :too_many
    )
""")
#: An address that one owner alone has moves to whoever connects it last.
TAKE_OVER = text("""
    delete from destinations
    where channel = :channel and exclusive and fingerprint = any(string_to_array(:fingerprints, ','))
      and user_id is distinct from :user_id
""")
ADD_DESTINATION = text("""
    insert into destinations
      (id, user_id, channel, kind, sealed, fingerprint, label, exclusive, state, verified_at, last_seen_at, verify_hash,
       verify_until, session_id)
    values
      (:id, :user_id, :channel, :kind, :sealed, :fingerprint, :label, :exclusive, :state,
       case when :state = 'live' then now() end, now(), :verify_hash,
       case when cast(:verify_hash as text) is not null then now() + make_interval(secs => :verify_seconds) end, :session_id)
""")
#: The same again: it lives, whatever became of it before.
CONNECT_AGAIN = text("""
    update destinations
    set sealed = :sealed, fingerprint = :fingerprint, kind = :kind, label = coalesce(:new_label, label),
        state = case when state = 'off' then state else :state end, dead_at = null, failing_since = null, failures = 0,
        registered_at = now(), last_seen_at = now(), session_id = :session_id, verify_hash = :verify_hash,
        verify_until = case when cast(:verify_hash as text) is not null
                            then now() + make_interval(secs => :verify_seconds) end
    where id = :id and user_id = :user_id
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDestination:
    """`fingerprints` are of its address under each key, the newest first. `new_label` is None where its owner gave no name.

    With `again` connecting the same is no conflict. `verify_hash` is of the token in a link that its owner follows within
    `verify_seconds`. `session_id` is of the session with which it ends.
    """

    channel: str
    kind: str
    fingerprints: list[str]
    label: str
    new_label: str | None
    state: str
    exclusive: bool
    again: bool
    most: int
    stalest_gives_way: bool
    verify_hash: str | None
    verify_seconds: float
    session_id: str | None

    def values(self) -> dict[str, object]:
        names = (
            "channel",
            "kind",
            "label",
            "new_label",
            "state",
            "exclusive",
            "verify_hash",
            "verify_seconds",
            "session_id",
        )
        return {name: getattr(self, name) for name in names}


def all_of(connection: Connection, user_id: UUID) -> list[RegisteredDestination]:
    """Return the person's destinations, the first connected one first."""
    return rows.values(RegisteredDestination, connection.execute(LIST_DESTINATIONS, {"user_id": user_id}))


def find(connection: Connection, user_id: UUID, id_: UUID) -> RegisteredDestination | None:
    """Return the destination if it is the person's."""
    return rows.optional(
        RegisteredDestination, connection.execute(FIND_DESTINATION, {"user_id": user_id, "id": id_}).first()
    )


def add(connection: Connection, user_id: UUID, new: NewDestination, seal: Callable[[UUID], str]) -> UUID | str:
    """Add a destination, sealed for the id that it gets. Return its id, or why not: `known` or `full`.

    One that may be connected again keeps its id.
    """
    connection.execute(LOCK_OWNER, {"user_id": str(user_id)})
    values = {"user_id": user_id, "channel": new.channel, "fingerprints": ",".join(new.fingerprints)}
    if new.exclusive:
        connection.execute(LOCK_ADDRESS, {"channel": new.channel, "fingerprint": new.fingerprints[0]})
        connection.execute(TAKE_OVER, values)
    found = connection.execute(COUNT_DESTINATIONS, values).one()
    if found.known and not new.again:
        return "known"
    if not found.known and found.number >= new.most:
        if not new.stalest_gives_way:
            return "full"
        connection.execute(MAKE_ROOM, {**values, "too_many": found.number - new.most + 1})
    id_ = UUID(found.known) if found.known else uuid4()
    added = {**new.values(), "user_id": user_id, "id": id_, "sealed": seal(id_), "fingerprint": new.fingerprints[0]}
    connection.execute(CONNECT_AGAIN if found.known else ADD_DESTINATION, added)
    return id_


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
