"""The addresses that get no mail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.mailbox import erased
from owlpost.db.suppressing import ONCE, SUPPRESS, spelled
from owlpost.domain import json_values
from owlpost.domain.mail_events import MailEvent
from owlpost.domain.value import dataclass

#: A repeated event does nothing: an address that an operator has released since stays released.
SUPPRESS_ADDRESSES = text(f"""
    with news as (
      insert into webhook_events (id, received_at) values (:event_id, now()) on conflict (id) do nothing returning id
    ){SUPPRESS} and exists (select from news){ONCE}
""")

LIST_SUPPRESSIONS = text("""
    select address, reason, detail, created_at from email_suppressions
    where (cast(:contains as text) is null or position(:contains in address) > 0
      or position(:contains in unicode_address) > 0)
      and (cast(:created_at as timestamptz) is null or created_at < :created_at
        or (created_at = :created_at and address > :address))
    order by created_at desc, address
    limit :limit
""")

DELETE_SUPPRESSIONS = text(f"""
    delete from email_suppressions
    where reason = :reason and address in (
      select spelling from jsonb_array_elements_text(cast(:addresses as jsonb)) known (address),
        unnest(array[known.address, {erased("known.address")}]) spelling
    )
    returning address
""")

DELETE_SUPPRESSION = text(f"""
    delete from email_suppressions where address in (:address, {erased("cast(:address as text)")})
    returning address, reason, detail, created_at
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address in its one spelling. `reason` is why it gets no mail, `detail` what the provider said."""

    address: str
    reason: str
    detail: dict[str, Any]
    created_at: datetime


def suppress(connection: Connection, event: MailEvent, *, event_id: str) -> Sequence[str]:
    """Suppress the event's addresses and return those that were not suppressed before. A repeated event returns none."""
    values = {
        "event_id": event_id,
        "reason": event.suppresses,
        "spellings": spelled(dict.fromkeys(event.addresses, event.detail)),
    }
    return connection.execute(SUPPRESS_ADDRESSES, values).scalars().all()


def forget(connection: Connection, addresses: Sequence[str], *, reason: str) -> Sequence[str]:
    """Delete the suppressions of these addresses that have this reason, and return their addresses."""
    values = {"addresses": json_values.compact(list(addresses)), "reason": reason}
    return connection.execute(DELETE_SUPPRESSIONS, values).scalars().all()


def listed(
    connection: Connection, *, contains: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[Suppression]:
    """Return suppressions newest first, from the one after this time and address on."""
    created_at, address = after or (None, None)
    values = {"contains": contains, "created_at": created_at, "address": address, "limit": limit}
    return rows.values(Suppression, connection.execute(LIST_SUPPRESSIONS, values))


def release(connection: Connection, address: str) -> Suppression | None:
    """Delete the suppression and return it, None if the address was not suppressed."""
    return rows.optional(Suppression, connection.execute(DELETE_SUPPRESSION, {"address": address}).first())
