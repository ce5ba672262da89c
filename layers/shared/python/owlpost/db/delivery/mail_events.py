"""Record what a provider reports of a mail that it accepted."""

from sqlalchemy import Connection, text

from owlpost.domain import json_values
from owlpost.domain.mail_events import Fate, MailEvent
from owlpost.domain.reasons import Reason

#: Mails that did not go out after all: how the delivery ends.
NOT_SENT = {Fate.FAILED: ("failed", Reason.FAILED_AFTER_ACCEPTANCE), Fate.SUPPRESSED: ("skipped", Reason.SUPPRESSED)}
#: Events that prove that a mail went out, also against an earlier event that it failed.
SENT = {Fate.DELIVERED, Fate.BOUNCED, Fate.BOUNCED_FOR_NOW, Fate.COMPLAINED}

#: Events come in any order. A mail that was delivered stays sent. A failure counts if it is about the mail that the row knows
#: (`provider_id`), not about an earlier one. Any event proves that a mail of unknown outcome had been accepted.
RECORD_MAIL_EVENT = text(f"""
    with found as (
      select id, status, error, attempt_metadata,
             coalesce(attempt_metadata ->> 'provider_id' = :provider_id, true)
               and attempt_metadata #> '{{provider_events,delivered}}' is null as may_fail
      from notification_deliveries
      where id = :delivery_id and channel = 'email'
      for update
    ),
    judged as (
      select id, case
          when cast(:ends as text) is not null and may_fail
            and (status = 'sent' or status = 'failed' and error = '{Reason.OUTCOME_UNKNOWN}') then :ends
          when cast(:ends as text) is null and status = 'failed' and (
            error = '{Reason.OUTCOME_UNKNOWN}' or :proves_sent and error = '{Reason.FAILED_AFTER_ACCEPTANCE}'
          ) then 'sent'
        end as ends
      from found
    )
    update notification_deliveries d
    set attempt_metadata = jsonb_set(
          d.attempt_metadata, '{{provider_events}}',
          coalesce(d.attempt_metadata -> 'provider_events', '{{}}')
            || jsonb_build_object(cast(:fate as text), cast(:recorded as jsonb))
        ),
        status = coalesce(judged.ends, d.status),
        error = case when judged.ends is null then d.error when judged.ends <> 'sent' then :error end
    from judged
    where d.id = judged.id
    returning d.id
""")


def record(connection: Connection, event: MailEvent) -> bool:
    """Add the event to its delivery's history, and end the delivery if the mail did not go out.

    The same event again changes nothing. Returns whether there is such a delivery.
    """
    ends, error = NOT_SENT.get(event.fate, (None, None)) if event.fate else (None, None)
    values = {
        "delivery_id": event.delivery_id,
        "provider_id": event.provider_id,
        "fate": event.fate,
        "recorded": json_values.compact({"at": event.at.isoformat(), **event.detail}),
        "ends": ends,
        "error": error,
        "proves_sent": event.fate in SENT,
    }
    return connection.execute(RECORD_MAIL_EVENT, values).one_or_none() is not None
