"""An operator's selection of deliveries as SQL: only the conditions that were asked for, so that an index can serve them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from owlpost.domain.commands import Selection

#: Every query that uses a selection names the delivery `d` and its notification `n`.
#: Ids are in the order of time: by `first_id` a search by the primary key ends where `since` does. A notification is as old
#: as its deliveries, and no older than its request: that much of the table is searched for a person's or a request's.
CONDITIONS = {
    "channel": "d.channel = :channel",
    "type": "n.type = :type",
    "error": "d.error = :error",
    "since": "d.created_at >= :since and d.id >= :first_id and n.created_at >= :since",
    "until": "d.created_at < :until",
    "status": "d.status = :status",
    "user_id": "n.user_id = :user_id",
    "email": "n.user_id in (select u.id from users u where lower(u.email) = :email)",
    "request_id": """n.request_id = :request_id and n.created_at >= coalesce(
      (select r.created_at from notification_requests r where r.id = :request_id), '-infinity')""",
    "delivery_ids": "d.id = any(cast(string_to_array(:delivery_ids, ',') as uuid[]))",
}
#: Postgres makes the ids and the functions set the times: their clocks differ by far less.
CLOCK_MARGIN = timedelta(minutes=5)


def where(selection: Selection) -> str:
    """The selection's conditions joined by `and`; `true` where there are none."""
    return " and ".join(CONDITIONS[name] for name in CONDITIONS if _asked_for(selection, name)) or "true"


def values(selection: Selection) -> dict[str, object]:
    """What those conditions compare with, by parameter."""
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
            case "since":
                yield name, value
                yield "first_id", _first_id(value)
            case _:
                yield name, value


def _first_id(moment: datetime) -> UUID:
    """The lowest UUIDv7 that can have been made for a row of this moment."""
    milliseconds = max(0, int((moment - CLOCK_MARGIN).timestamp() * 1_000))
    return UUID(int=min(milliseconds, 2**48 - 1) << 80)
