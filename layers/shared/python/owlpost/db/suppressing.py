"""Suppress addresses: they get no more mail."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from owlpost.db import mailbox
from owlpost.db.mailbox import erased
from owlpost.domain import json_values
from owlpost.domain.mail_events import BOUNCED

#: Of somebody who was erased, the keyed hash of the address is kept, and nothing that the provider says.
SUPPRESS = f"""
    insert into email_suppressions (address, unicode_address, reason, detail, created_at)
    select case when erased_at is null then address else {erased("address")} end,
           case when erased_at is null then unicode_address else {erased("unicode_address")} end,
           :reason, case when erased_at is null then spelling.detail else '{{}}' end, now()
    from jsonb_to_recordset(cast(:spellings as jsonb)) as spelling (address text, unicode_address text, detail jsonb)
    left join erased_addresses e on e.address_hash = owlpost_keyed_hash(spelling.address)
    where not exists (select from email_suppressions s where s.address = {erased("spelling.address")})"""
ONCE = """
    on conflict (address) do nothing
    returning address"""
SUPPRESS_BOUNCED = text(SUPPRESS + ONCE)


def suppress_bounced(connection: Connection, bounced: Mapping[str, str]) -> int:
    """Suppress addresses whose server said that there is no such mailbox; its words by address.

    Return how many were not suppressed before.
    """
    details = {address: {"diagnostic": said} for address, said in bounced.items()}
    return connection.execute(SUPPRESS_BOUNCED, {"reason": BOUNCED, "spellings": spelled(details)}).rowcount


def spelled(details: Mapping[str, Mapping[str, str]]) -> str:
    """Return addresses as the statements take them, each with what was said of it."""
    return json_values.compact(
        [{**mailbox.parameters(address), "detail": dict(detail)} for address, detail in details.items()]
    )
