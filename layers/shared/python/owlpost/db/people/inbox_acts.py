"""Statements of the acts that a person can undo. Each filters by the person, and touches only rows that it changes."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from owlpost.db.people.inbox import UNREAD_COUNT
from owlpost.db.texts import entering
from owlpost.domain.acts import Act, Verb

_IDS = "select cast(jsonb_array_elements_text(cast(:ids as jsonb)) as uuid)"
#: Not what its producer sends later: nobody has seen that.
_SHOWN = "n.user_id = :user_id and n.deleted_at is null and (n.created_at <= now() or n.snoozed_from is not null)"
_ASKED = f"n.id in ({_IDS}) and {_SHOWN}"

#: Done implies read: what a person is done with is in no count, and no mail or push about it goes out any more.
_BY_IDS = {
    "read": f"set read_at = now() where {_ASKED} and n.in_app and n.read_at is null",
    "done": f"set done_at = now(), in_app = false, read_at = coalesce(n.read_at, now()) where {_ASKED} and n.in_app",
    "delete": f"set deleted_at = now() where {_ASKED} and (n.in_app or n.done_at is not null)",
}
ACT = {verb: text(f"update notifications n {change} returning n.id, now() as at") for verb, change in _BY_IDS.items()}

#: What comes back to a list may come to an old place, so its text is entered for search with it.
_BACK = f"""back as (
      {{change}}
    ),
    entered as ({entering("back")})"""

#: Each row with what it was, and with its new place, by which undoing knows it again.
_MOVE = """
    was as materialized (
      select n.id, n.created_at, n.snoozed_from, n.read_at from notifications n
      where {asked} and n.in_app for update
    )"""
_MOVED = """
      update notifications n set {change} from was where n.id = was.id
      returning n.*, now() as at, jsonb_build_object(
        'id', n.id, 'now_at', n.created_at, 'created_at', was.created_at, 'snoozed_from', was.snoozed_from,
        'read_at', was.read_at
      ) as moved"""
SNOOZE = text(f"""
    with {_MOVE.format(asked=_ASKED)},
    away as ({
    _MOVED.format(
        change='''created_at = cast(:until as timestamptz), snoozed_from = coalesce(n.snoozed_from, n.created_at),
        read_at = null'''
    )
})
    select id, at, moved from away
""")
WAKE = text(f"""
    with {_MOVE.format(asked=f"{_ASKED} and n.created_at > now() and n.snoozed_from is not null")},
    {_BACK.format(change=_MOVED.format(change="created_at = n.snoozed_from, snoozed_from = null, read_at = null"))}
    select id, at, moved from back
""")

#: A row that was changed again since has another time, and stays.
_BY_TIME = {
    "done": """set done_at = null, in_app = true, read_at = case when n.read_at <> n.done_at then n.read_at end
      where n.user_id = :user_id and n.done_at = :at and n.deleted_at is null""",
    "delete": "set deleted_at = null where n.user_id = :user_id and n.deleted_at = :at",
}
UNDO = {
    "read": text("""
      update notifications n set read_at = null
      where n.user_id = :user_id and n.read_at = :at and n.deleted_at is null and n.in_app
      returning n.id
    """),
    **{
        verb: text(f"""
          with {_BACK.format(change=f"update notifications n {change} returning n.*")}
          select id from back
        """)
        for verb, change in _BY_TIME.items()
    },
}
MOVE_BACK = text(f"""
    with {
    _BACK.format(
        change='''
      update notifications n
      set created_at = was.created_at, snoozed_from = was.snoozed_from, read_at = was.read_at
      from jsonb_to_recordset(cast(:moved as jsonb)) as was
        (id uuid, now_at timestamptz, created_at timestamptz, snoozed_from timestamptz, read_at timestamptz)
      where n.id = was.id and n.user_id = :user_id and n.created_at = was.now_at and n.deleted_at is null and n.in_app
        and n.read_at is null
      returning n.*'''
    )
}
    select id from back
""")
#: The time until which a snooze lasts, by the database's clock; null if that is not ahead, or too far ahead.
UNTIL = text("""
    select case when until > now() and until <= now() + make_interval(secs => :longest) then until end as until
    from (select coalesce(cast(:until as timestamptz), now() + make_interval(secs => :seconds)) as until) asked
""")


def act(
    connection: Connection, user_id: UUID, verb: Verb, ids: Sequence[UUID], *, until: datetime | None = None
) -> tuple[list[UUID], Act | None]:
    """Carry out an act on those of these rows that it can change. Return their ids and the act, None if there are none."""
    values = {"user_id": user_id, "ids": json.dumps([str(id_) for id_ in ids])}
    if verb == "snooze":
        found = connection.execute(SNOOZE, {**values, "until": until}).all()
    else:
        found = connection.execute(WAKE if verb == "wake" else ACT[verb], values).all()
    return [row.id for row in found], _act(verb, found)


def undo(connection: Connection, user_id: UUID, done: Act) -> list[UUID]:
    """Return the ids of the rows that are again as they were."""
    if done.verb in UNDO:
        return list(connection.execute(UNDO[done.verb], {"user_id": user_id, "at": done.at}).scalars())
    return list(connection.execute(MOVE_BACK, {"user_id": user_id, "moved": json.dumps(list(done.moved))}).scalars())


def unread_count(connection: Connection, user_id: UUID) -> int:
    """Return the count after the changes of this transaction."""
    count: int = connection.execute(UNREAD_COUNT, {"user_id": user_id}).scalar_one()
    return count


def snoozed_until(connection: Connection, *, until: datetime | None, seconds: int, longest: float) -> datetime | None:
    """Return when a snooze ends; None if that is not ahead, or later than in so many seconds."""
    ends: datetime | None = connection.execute(
        UNTIL, {"until": until, "seconds": seconds, "longest": longest}
    ).scalar_one()
    return ends


def _act(verb: Verb, found: Sequence[Row[Any]]) -> Act | None:
    if not found:
        return None
    return Act(verb, found[0].at, [row.moved for row in found] if verb in ("snooze", "wake") else ())
