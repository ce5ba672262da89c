"""Read the events that Amazon SES publishes to SNS about mails that it accepted, as the same facts as Resend's.

Source: AWS, "Contents of event data that Amazon SES publishes to Amazon SNS". The delivery is found by the mail's tag.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from uuid import UUID

from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.mail_events import DELIVERY_TAG, LONGEST_ADDRESS, LONGEST_MESSAGE, Fate, MailEvent
from owlpost.domain.text import cut, one_line

FATES = {
    "Delivery": Fate.DELIVERED,
    "DeliveryDelay": Fate.DELAYED,
    "Bounce": Fate.BOUNCED,
    "Complaint": Fate.COMPLAINED,
    "Reject": Fate.FAILED,
    "Rendering Failure": Fate.FAILED,
}
#: The member of an event that holds what happened, the list of recipients in it, and the facts that are kept.
PARTS = {
    "Bounce": ("bounce", "bouncedRecipients", {"bounceType": "type", "bounceSubType": "sub_type"}),
    "Complaint": ("complaint", "complainedRecipients", {"complaintFeedbackType": "type"}),
    "Delivery": ("delivery", "recipients", {}),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients", {"delayType": "type"}),
    "Reject": ("reject", "", {"reason": "reason"}),
    "Rendering Failure": ("failure", "", {"errorMessage": "reason"}),
}
PERMANENT = "Permanent"
#: Sub-types of a bounce that SES makes up itself, because the address is on a list of its own.
ON_THEIR_LIST = frozenset({"Suppressed", "OnAccountSuppressionList"})


def event_of(message: str, *, otherwise: datetime) -> MailEvent | None:
    """Return the event in an SNS message, None if it is none. Members of another kind than documented count as absent."""
    try:
        event = json_values.parse(message.encode())
    except InvalidRequest:
        return None
    if not isinstance(event, dict) or not isinstance(kind := event.get("eventType"), str):
        return None
    member, recipients, facts = PARTS.get(kind, ("", "", {}))
    part, mail = _members(event.get(member)), _members(event.get("mail"))
    hard = kind == "Bounce" and part.get("bounceType") == PERMANENT
    listed = hard and part.get("bounceSubType") in ON_THEIR_LIST
    fate = FATES.get(kind)
    if kind == "Bounce":
        fate = Fate.SUPPRESSED if listed else Fate.BOUNCED if hard else Fate.BOUNCED_FOR_NOW
    return MailEvent(
        at=_moment(part.get("timestamp"), otherwise=otherwise),
        addresses=tuple(dict.fromkeys(_addresses(part.get(recipients)))),
        detail={name: text for key, name in facts.items() if (text := _text(part.get(key)))} | _diagnostic(part),
        fate=fate,
        suppresses=_reason(kind, hard=hard, listed=listed),
        delivery_id=_delivery_id(mail.get("tags")),
        provider_id=_text(mail.get("messageId")) or None,
    )


def _reason(kind: str, *, hard: bool, listed: bool) -> str | None:
    if kind == "Complaint":
        return "complained"
    if not hard:
        return None
    return "suppressed_by_provider" if listed else "bounced"


def _diagnostic(part: Mapping[str, object]) -> dict[str, str]:
    bounced = part.get("bouncedRecipients")
    codes = [_text(_members(each).get("diagnosticCode")) for each in bounced] if isinstance(bounced, list) else []
    found = next((code for code in codes if code), "")
    return {"diagnostic": found} if found else {}


def _addresses(recipients: object) -> Iterator[str]:
    for each in recipients if isinstance(recipients, list) else []:
        given = each.get("emailAddress") if isinstance(each, dict) else each
        address = one_line(parseaddr(given)[1]).lower() if isinstance(given, str) else ""
        if 0 < len(address) <= LONGEST_ADDRESS:
            yield address


def _members(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return cut(one_line(value), LONGEST_MESSAGE) if isinstance(value, str) else ""


def _moment(value: object, *, otherwise: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else otherwise
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        return otherwise


def _delivery_id(tags: object) -> UUID | None:
    """Return the id in the tags, which map each name to a list of values."""
    values = _members(tags).get(DELIVERY_TAG)
    try:
        return UUID(str(values[0])) if isinstance(values, list) and values else None
    except ValueError:
        return None
