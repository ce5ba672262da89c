"""Translate an operator's selection of deliveries into SQL: only the given conditions, so that an index can serve them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from owlpost.db import mailbox
from owlpost.domain.selections import Selection

#: Every query that uses a selection names the delivery `d` and its notification `n`.
#: Ids grow with time: `first_id` bounds a search by the primary key as `since` bounds the time. A notification is as old as
#: its deliveries and no older than its request: these bounds limit the search for a person's or a request's deliveries.
CONDITIONS = {
    "channel": "d.channel = :channel",
    "type": "n.type = :type",
    "error": "d.error = :error",
    "since": "d.created_at >= :since and d.id >= :first_id and n.created_at >= :since",
    "until": "d.created_at < :until",
    "status": "d.status = :status",
    "user_id": "n.user_id = :user_id",
    "email": f"n.user_id in (select u.id from users u where {mailbox.is_mailbox('u.email')})",
    "request_id": """n.request_id = :request_id and n.created_at >= coalesce(
      (select r.created_at from notification_requests r where r.id = :request_id), '-infinity')""",
    "delivery_ids": "d.id = any(cast(string_to_array(:delivery_ids, ',') as uuid[]))",
}
#: Postgres makes the ids, and the functions set the times: their clocks differ by far less than this.
CLOCK_MARGIN = timedelta(minutes=5)


def where(selection: Selection) -> str:
    """Return the selection's conditions joined by `and`, `true` if there are none."""
    return " and ".join(CONDITIONS[name] for name in CONDITIONS if _asked_for(selection, name)) or "true"


def values(selection: Selection) -> dict[str, object]:
    """Return the parameters of those conditions."""
    return dict(_values(selection))


def _asked_for(selection: Selection, name: str) -> bool:
    return getattr(selection, name, None) not in {None, ()}


def _values(selection: Selection) -> Iterator[tuple[str, object]]:
    for name in CONDITIONS:
        if not _asked_for(selection, name):
            continue
        value = getattr(selection, name)
        match name:
            case "delivery_ids":
                yield name, ",".join(map(str, value))
            case "email":
                yield from mailbox.parameters(value).items()
            case "since":
                yield name, value
                yield "first_id", first_id(value)
            case _:
                yield name, value


def first_id(moment: datetime) -> UUID:
    """Return the lowest UUIDv7 that a row of this moment can have."""
    milliseconds = max(0, int((moment - CLOCK_MARGIN).timestamp() * 1_000))
    return UUID(int=min(milliseconds, 2**48 - 1) << 80)
