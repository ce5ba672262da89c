"""The addresses no mail goes to, and what providers told us of mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.domain import json_values
from owlpost.domain.mail_events import MailEvent

#: An event that comes again does nothing: an address that an operator has released since stays released.
SUPPRESS_ADDRESSES = text("""
    with news as (
      insert into webhook_events (id, received_at) values (:event_id, :now) on conflict (id) do nothing returning id
    )
    insert into email_suppressions (address, reason, detail, created_at)
    select address.value, :reason, cast(:detail as jsonb), :now
    from news, jsonb_array_elements_text(cast(:addresses as jsonb)) address
    on conflict (address) do nothing
    returning address
""")

#: What a mail server says proves what we could not know: a mail of unknown outcome that it has, was sent.
RECORD_MAIL_EVENT = text("""
    update notification_deliveries
    set attempt_metadata = jsonb_set(
          attempt_metadata, '{provider_events}',
          coalesce(attempt_metadata -> 'provider_events', '{}') || jsonb_build_object(cast(:fate as text), cast(:told as jsonb))
        ),
        status = case when status = 'failed' and error = 'outcome_unknown' then 'sent' else status end,
        error = case when status = 'failed' and error = 'outcome_unknown' then null else error end
    where id = :delivery_id and channel = 'email'
    returning id
""")

LIST_SUPPRESSIONS = text("""
    select address, reason, detail, created_at from email_suppressions
    where (cast(:contains as text) is null or position(:contains in address) > 0)
      and (cast(:created_at as timestamptz) is null or created_at < :created_at
        or (created_at = :created_at and address > :address))
    order by created_at desc, address
    limit :limit
""")

DELETE_SUPPRESSION = text("""
    delete from email_suppressions where address = :address returning address, reason, detail, created_at
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address in lower case, and why no mail goes there: `detail` is what the provider said."""

    address: str
    reason: str
    detail: dict[str, Any]
    created_at: datetime


def suppress(connection: Connection, event: MailEvent, *, event_id: str, now: datetime) -> Sequence[str]:
    """The addresses that are suppressed from now on; none for those that were, and for an event that came before."""
    return (
        connection.execute(
            SUPPRESS_ADDRESSES,
            {
                "event_id": event_id,
                "reason": event.suppresses,
                "detail": json_values.compact(dict(event.detail)),
                "addresses": json_values.compact(list(event.addresses)),
                "now": now,
            },
        )
        .scalars()
        .all()
    )


def tell_delivery(connection: Connection, event: MailEvent) -> bool:
    """Add what became of a mail to its delivery's history; the same again changes nothing. Whether there is such a one."""
    told = json_values.compact({"at": event.at.isoformat(), **event.detail})
    values = {"delivery_id": event.delivery_id, "fate": event.fate, "told": told}
    return connection.execute(RECORD_MAIL_EVENT, values).one_or_none() is not None


def listed(
    connection: Connection, *, contains: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[Suppression]:
    """Return suppressions newest first, from the one after this time and address on."""
    created_at, address = after or (None, None)
    values = {"contains": contains, "created_at": created_at, "address": address, "limit": limit}
    return rows.values(Suppression, connection.execute(LIST_SUPPRESSIONS, values))


def release(connection: Connection, address: str) -> Suppression | None:
    """Delete the suppression and return it, None if the address was not suppressed."""
    return rows.optional(Suppression, connection.execute(DELETE_SUPPRESSION, {"address": address}).one_or_none())
