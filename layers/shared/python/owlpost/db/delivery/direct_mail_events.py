"""Record what a provider reports of a direct mail that it accepted: its row knows the provider's id of it."""

from sqlalchemy import Connection, text

from owlpost.db.delivery.mail_events import NOT_SENT, SENT
from owlpost.domain import json_values
from owlpost.domain.mail_events import MailEvent
from owlpost.domain.reasons import Reason

#: As for deliveries: events come in any order, a mail that was delivered stays sent, and any proof that it went out ends the
#: word that it failed.
RECORD_EVENT = text(f"""
    with judged as (
      select id, case
          when cast(:ends as text) is not null and status = 'sent' and provider_events -> 'delivered' is null then :ends
          when :proves_sent and status = 'failed' and error = '{Reason.FAILED_AFTER_ACCEPTANCE}' then 'sent'
        end as ends
      from direct_mails
      where provider_id = :provider_id
      for update
    )
    update direct_mails m
    set provider_events = m.provider_events || jsonb_build_object(cast(:fate as text), cast(:recorded as jsonb)),
        status = coalesce(judged.ends, m.status),
        error = case when judged.ends is null then m.error when judged.ends <> 'sent' then :error end
    from judged
    where m.id = judged.id
    returning m.id
""")


def record(connection: Connection, event: MailEvent) -> bool:
    """Add the event to the mail's row, and end it if the mail did not go out. Returns whether there is such a mail."""
    if event.provider_id is None or event.fate is None:
        return False
    ends, error = NOT_SENT.get(event.fate, (None, None))
    values = {
        "provider_id": event.provider_id,
        "fate": event.fate,
        "recorded": json_values.compact({"at": event.at.isoformat(), **event.detail}),
        "ends": ends,
        "error": error,
        "proves_sent": event.fate in SENT,
    }
    return connection.execute(RECORD_EVENT, values).one_or_none() is not None
