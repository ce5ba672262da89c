"""Read Resend's events about mails that it accepted, whatever their shape.

Source: resend.com/docs/webhooks. A mail carries the id of its delivery as a tag, and Resend puts the tags into each event: so
the delivery is found by its primary key, even before Resend's own id is recorded. (Headers are not in events.)

Resend repeats anything but a 2xx for 27 hours. So a signed event is never refused: members of another kind than documented
count as absent.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from typing import Self
from uuid import UUID

from owlpost.domain import json_values
from owlpost.domain.addresses import mailbox
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.text import cut, one_line
from owlpost.domain.value import dataclass

#: The tag of a mail that names its delivery.
DELIVERY_TAG = "delivery"
#: The type of a bounce that is final; Resend's pages call the others Transient, Temporary or Undetermined.
PERMANENT = "permanent"
LONGEST_MESSAGE = 500
#: An e-mail address has at most 254 characters (RFC 5321, 4.5.3.1.3).
LONGEST_ADDRESS = 254


class Fate(StrEnum):
    """What became of a mail after Resend accepted it, as the delivery's history names it."""

    DELIVERED = "delivered"
    DELAYED = "delayed"
    BOUNCED = "bounced"
    BOUNCED_FOR_NOW = "bounced_for_now"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed_by_provider"
    FAILED = "failed_after_acceptance"

    @property
    def metric(self) -> str:
        return self.title().replace("_", "")


FATES = {
    "email.delivered": Fate.DELIVERED,
    "email.delivery_delayed": Fate.DELAYED,
    "email.bounced": Fate.BOUNCED,
    "email.complained": Fate.COMPLAINED,
    "email.suppressed": Fate.SUPPRESSED,
    "email.failed": Fate.FAILED,
}
#: Why an address whose mailbox does not exist gets no more mail.
BOUNCED = "bounced"
#: Events after which the address gets no more mail, and the reason that is kept.
SUPPRESSING = {
    "email.bounced": BOUNCED,
    "email.complained": "complained",
    "email.suppressed": "suppressed_by_provider",
    "suppression.added": "suppressed_by_provider",
}
RELEASING = "suppression.removed"
#: Members of `data` that say why, and the facts that are kept of them.
EXPLAINING = {
    "bounce": {"type": "type", "subType": "sub_type", "message": "message", "diagnosticCode": "diagnostic"},
    "suppressed": {"type": "type", "message": "message"},
    "failed": {"reason": "reason"},
}


@dataclass(frozen=True, slots=True)
class MailEvent:
    """`fate` is what became of the mail of `delivery_id`, `provider_id` Resend's id of that mail.

    `suppresses` is the reason why `addresses` get no more mail; `releases` is true if Resend took them off its list.
    """

    at: datetime
    addresses: tuple[str, ...]
    detail: Mapping[str, str]
    fate: Fate | None = None
    suppresses: str | None = None
    releases: bool = False
    delivery_id: UUID | None = None
    provider_id: str | None = None

    @classmethod
    def from_json(cls, body: bytes, *, signed_at: datetime) -> Self | None:
        """Return the event, None if the body is no event at all. An event of an unknown type has no effect."""
        try:
            event = json_values.parse(body)
        except InvalidRequest:
            return None
        type_ = event.get("type") if isinstance(event, dict) else None
        if not isinstance(event, dict) or not isinstance(type_, str):
            return None
        data = _members(event.get("data"))
        soft = type_ == "email.bounced" and not _is_hard(data)
        return cls(
            at=_moment(event.get("created_at"), otherwise=signed_at),
            addresses=tuple(dict.fromkeys(_addresses(data))),
            detail=dict(_detail(data)),
            fate=Fate.BOUNCED_FOR_NOW if soft else FATES.get(type_),
            suppresses=None if soft else SUPPRESSING.get(type_),
            releases=type_ == RELEASING,
            delivery_id=_delivery_id(data.get("tags")),
            provider_id=_text(data.get("email_id")) or None,
        )


def _members(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Return the text on one line of bounded length, empty if the value is no text. Several lines are joined."""
    lines = value if isinstance(value, list) else [value]
    return cut(one_line(" ".join(line for line in lines if isinstance(line, str))), LONGEST_MESSAGE)


def _is_hard(data: Mapping[str, object]) -> bool:
    return _text(_members(data.get("bounce")).get("type")).lower() == PERMANENT


def _addresses(data: Mapping[str, object]) -> Iterator[str]:
    to = data.get("to")
    for given in [*(to if isinstance(to, list) else [to]), data.get("email")]:
        address = mailbox(parseaddr(given)[1]) if isinstance(given, str) else ""
        if 0 < len(address) <= LONGEST_ADDRESS:
            yield address


def _detail(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for member, facts in EXPLAINING.items():
        for name, kept_as in facts.items():
            if fact := _text(_members(data.get(member)).get(name)):
                yield kept_as, fact
    if origin := _text(data.get("origin")):
        yield "origin", origin


def _moment(value: object, *, otherwise: datetime) -> datetime:
    """Return the time, in UTC unless it names a zone."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else otherwise
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        return otherwise


def _delivery_id(tags: object) -> UUID | None:
    """Return the id in the tags, which are documented both as an object and as a list of names with values."""
    if isinstance(tags, list):
        tags = {str(tag.get("name")): tag.get("value") for tag in tags if isinstance(tag, dict)}
    try:
        return UUID(str(_members(tags).get(DELIVERY_TAG)))
    except ValueError:
        return None
