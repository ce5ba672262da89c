"""Queries of destinations, people's and rooms. Each holds to the person who asks by its own predicate."""

from collections.abc import Callable
from dataclasses import fields
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain.destinations import RegisteredDestination
from owlpost.domain.value import dataclass

#: What the caller may change: their own, and the rooms of teams in which they are owner or admin.
MINE = """(t.user_id = :user_id or t.team_id in (
      select m.team_id from team_members m where m.user_id = :user_id and m.role in ('owner', 'admin')
    ))"""
#: Of a member: any role sees the rooms.
_OF_MY_TEAM = """t.team_id = :team_id and exists (
      select from team_members m where m.team_id = t.team_id and m.user_id = :user_id
    )"""
#: With the delivery of its last test, which the page shows.
_LIST = """
    select t.id, t.channel, t.kind, t.label, t.state, t.verified_at, t.last_ok_at, t.last_error, t.last_error_at,
           t.failing_since, t.created_at, t.tested_at, test.status as test_status, test.error as test_error,
           t.team_id, t.types
    from destinations t
    left join notification_deliveries test on test.id = t.test_id"""
LIST_DESTINATIONS = text(f"{_LIST} where t.user_id = :user_id order by t.created_at, t.id")
LIST_ROOMS = text(f"{_LIST} where {_OF_MY_TEAM} order by t.created_at, t.id")
FIND_DESTINATION = text(f"{_LIST} where t.id = :id and {MINE}")

#: Whose a new one is: the caller's, or the team's.
_OWNED = "(cast(:team_id as uuid) is null and user_id = :user_id or team_id = cast(:team_id as uuid))"
#: Whoever connects waits for whoever is connecting for the same person: else two at once would both find room.
LOCK_OWNER = text("select pg_advisory_xact_lock(hashtextextended('owlpost.destinations:' || :owner, 0))")
#: So does whoever connects an address that one owner alone has.
LOCK_ADDRESS = text(
    "select pg_advisory_xact_lock(hashtextextended('owlpost.destinations:' || :channel || :fingerprint, 0))"
)
#: Where the address is not known yet, there is one of a kind.
COUNT_DESTINATIONS = text(f"""
    select count(*) as number, max(cast(id as text)) filter (
             where fingerprint = any(string_to_array(:fingerprints, ',')) or :by_kind and kind = :kind
           ) as known
    from destinations where {_OWNED} and channel = :channel
""")
#: The one that was not seen for longest gives way, of those that were there before.
MAKE_ROOM = text(f"""
    delete from destinations where id in (
      select id from destinations where {_OWNED} and channel = :channel
      order by coalesce(last_seen_at, registered_at), id limit :too_many
    )
""")
#: An address that one owner alone has moves to whoever connects it last.
TAKE_OVER = text(f"""
    delete from destinations
    where channel = :channel and exclusive and fingerprint = any(string_to_array(:fingerprints, ','))
      and not coalesce({_OWNED}, false)
""")
ADD_DESTINATION = text("""
    insert into destinations
      (id, user_id, team_id, created_by, types, channel, kind, sealed, fingerprint, label, exclusive, state, verified_at,
       last_seen_at, verify_hash, verify_until, session_id)
    values
      (:id, case when cast(:team_id as uuid) is null then cast(:user_id as uuid) end, :team_id, :user_id,
       string_to_array(:types, ','), :channel, :kind, :sealed, :fingerprint, :label, :exclusive, :state,
       case when :state = 'live' then now() end, now(), :verify_hash,
       case when cast(:verify_hash as text) is not null then now() + make_interval(secs => :verify_seconds) end, :session_id)
""")
#: The same again: it lives, whatever became of it before. Whose address is not known yet is not taken from where it is.
CONNECT_AGAIN = text(f"""
    update destinations
    set sealed = case when :by_kind then sealed else :sealed end,
        fingerprint = case when :by_kind then fingerprint else :fingerprint end,
        kind = :kind, label = coalesce(:new_label, label),
        state = case when state = 'off' or :by_kind and state = 'live' then state else :state end,
        dead_at = null, failing_since = null, failures = 0,
        registered_at = now(), last_seen_at = now(), session_id = :session_id, verify_hash = :verify_hash,
        verify_until = case when cast(:verify_hash as text) is not null
                            then now() + make_interval(secs => :verify_seconds) end
    where id = :id and {_OWNED}
""")
CHANGE_DESTINATION = text(f"""
    update destinations t
    set label = coalesce(:label, label),
        types = case when :sets_types then string_to_array(:types, ',') else types end,
        state = case when cast(:state as text) is not null and state in ('live', 'off') then :state else state end
    where id = :id and {MINE}
    returning cast(:state as text) is null or state = :state as done
""")
#: Its owner has seen the test that went there last, and it has not failed since.
SEE_DESTINATION = text(f"""
    update destinations t
    set state = 'live', verified_at = now(), dead_at = null, failing_since = null, failures = 0
    from notification_deliveries test
    where t.id = :id and {MINE} and t.state in ('unverified', 'dead')
      and test.id = t.test_id and test.status = 'sent'
      and t.tested_at >= t.registered_at and (t.last_error_at is null or t.last_error_at < t.tested_at)
    returning t.id
""")
DELETE_DESTINATION = text(f"delete from destinations t where id = :id and {MINE} returning id")
FIND_SEALED = text(f"select sealed from destinations t where id = :id and {MINE} for update")
RESEAL = text(f"update destinations t set sealed = :sealed where id = :id and {MINE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDestination:
    """`fingerprints` are of its address under each key, the newest first. `new_label` is None where its owner gave no name.

    With a `team_id` it is the team's room, told of `types` alone if there are any. With `by_kind` its address is not known yet.
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
    by_kind: bool = False
    team_id: UUID | None = None
    types: tuple[str, ...] | None = None

    def values(self) -> dict[str, object]:
        own = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**own, "types": _listed(self.types), "fingerprints": ",".join(self.fingerprints)}


def all_of(connection: Connection, user_id: UUID) -> list[RegisteredDestination]:
    """Return the person's destinations, the first connected one first."""
    return rows.values(RegisteredDestination, connection.execute(LIST_DESTINATIONS, {"user_id": user_id}))


def rooms_of(connection: Connection, user_id: UUID, team_id: UUID) -> list[RegisteredDestination]:
    """Return the rooms of a team that the person is a member of."""
    values = {"user_id": user_id, "team_id": team_id}
    return rows.values(RegisteredDestination, connection.execute(LIST_ROOMS, values))


def find(connection: Connection, user_id: UUID, id_: UUID) -> RegisteredDestination | None:
    """Return the destination if the person may change it: their own, or a room of a team that they administer."""
    return rows.optional(
        RegisteredDestination, connection.execute(FIND_DESTINATION, {"user_id": user_id, "id": id_}).first()
    )


def add(connection: Connection, user_id: UUID, new: NewDestination, seal: Callable[[UUID], str]) -> UUID | str:
    """Add a destination, sealed for the id that it gets. Return its id, or why not: `known` or `full`.

    One that may be connected again keeps its id.
    """
    connection.execute(LOCK_OWNER, {"owner": str(new.team_id or user_id)})
    values = {**new.values(), "user_id": user_id}
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
    added = {**values, "id": id_, "sealed": seal(id_), "fingerprint": new.fingerprints[0]}
    connection.execute(CONNECT_AGAIN if found.known else ADD_DESTINATION, added)
    return id_


@dataclass(frozen=True, slots=True)
class Changes:
    """What is None stays as it is; no `types` at all are all of them."""

    label: str | None = None
    state: str | None = None
    types: tuple[str, ...] | None = None


def change(connection: Connection, user_id: UUID, id_: UUID, changes: Changes) -> bool | None:
    """Change the label and a room's types, and switch between `live` and `off`.

    Return None for a stranger's, False if it is neither of these.
    """
    values = {"id": id_, "user_id": user_id, "label": changes.label, "state": changes.state}
    types = {"sets_types": changes.types is not None, "types": _listed(changes.types)}
    row = connection.execute(CHANGE_DESTINATION, {**values, **types}).one_or_none()
    return row.done if row else None


def see(connection: Connection, user_id: UUID, id_: UUID) -> bool:
    """Take the owner's word that they saw the last test, which makes it live. Return whether there was such a test."""
    return connection.execute(SEE_DESTINATION, {"id": id_, "user_id": user_id}).one_or_none() is not None


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


def _listed(types: tuple[str, ...] | None) -> str | None:
    """Return them as one text; null, which is all types, for none."""
    return ",".join(types) if types else None
