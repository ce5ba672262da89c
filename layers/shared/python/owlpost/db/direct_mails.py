"""Store what became of direct mails."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, text

from owlpost.db.suppressing import suppress_bounced
from owlpost.domain import json_values
from owlpost.domain.addresses import mailbox
from owlpost.domain.direct_mails import DirectMailOutcome

ADD_DIRECT_MAILS = text("""
    insert into direct_mails (template, address, status, error, provider_id)
    select m.template, m.address, m.status, m.error, m.provider_id
    from jsonb_to_recordset(cast(:mails as jsonb)) as m (
      template text, address text, status text, error text, provider_id text
    )
""")


def add(connection: Connection, mails: Sequence[DirectMailOutcome]) -> int:
    """Store the outcomes, all in one statement. Return how many addresses get no more mail, as they have no mailbox."""
    values = [{**asdict(each), "address": mailbox(each.address)} for each in mails]
    connection.execute(ADD_DIRECT_MAILS, {"mails": json_values.compact(values)})
    bounced = {mailbox(each.address): each.bounced for each in mails if each.bounced}
    return suppress_bounced(connection, bounced) if bounced else 0
