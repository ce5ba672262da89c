"""What Resend tells us after it took a mail: delivered, bounced, complained of, or the address put on its own list.

Source: resend.com/docs/webhooks. Mails carry their delivery's id as a tag, which comes back in each event: so a delivery is
found by its primary key, also while its batch is still in doubt and no provider's id is recorded. (Headers are not in events.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ValidationError

from owlpost.domain.invalid import invalid_request
from owlpost.domain.text import cut, one_line

#: The tag of a mail that names its delivery.
DELIVERY_TAG = "delivery"
PERMANENT = "permanent"
LONGEST_MESSAGE = 500
#: Events after which no mail goes to the address any more, and the reason that is kept.
SUPPRESSING = {
    "email.bounced": "bounced",
    "email.complained": "complained",
    "email.suppressed": "suppressed_by_provider",
    "suppression.added": "suppressed_by_provider",
}
#: Events that say what became of a mail, and the word for it in the delivery's history.
FATES = {"email.delivered": "delivered", "email.bounced": "bounced", "email.complained": "complained"}


def _by_name(tags: object) -> object:
    """Documented both as an object and as a list of names with values."""
    if isinstance(tags, list):
        return {tag["name"]: tag.get("value") for tag in tags if isinstance(tag, dict) and "name" in tag}
    return tags if isinstance(tags, dict) else {}


class _Bounce(BaseModel):
    type: str = ""
    subType: str = ""  # noqa: N815 (Resend's name)
    message: str = ""


class _Data(BaseModel):
    to: tuple[str, ...] = ()
    email: str | None = None
    origin: str | None = None
    tags: Annotated[dict[str, object], BeforeValidator(_by_name)] = {}
    bounce: _Bounce | None = None


class _Event(BaseModel):
    type: str
    created_at: AwareDatetime
    data: _Data = _Data()


@dataclass(frozen=True, slots=True)
class MailEvent:
    """`fate` is what became of the mail of `delivery_id`; `suppresses` is the reason why `addresses` get no more mail."""

    at: datetime
    addresses: tuple[str, ...]
    detail: Mapping[str, str]
    fate: str | None = None
    suppresses: str | None = None
    delivery_id: UUID | None = None

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Kinds that we make nothing of have neither fate nor effect. Raises InvalidRequest for what is no event."""
        try:
            event = _Event.model_validate_json(body)
        except ValidationError as error:
            raise invalid_request(error, whole="body") from None
        soft = event.type == "email.bounced" and not _is_hard(event.data.bounce)
        return cls(
            at=event.created_at,
            addresses=_addresses(event.data),
            detail=_detail(event),
            fate="bounced_for_now" if soft else FATES.get(event.type),
            suppresses=None if soft else SUPPRESSING.get(event.type),
            delivery_id=_delivery_id(event.data.tags),
        )


def _is_hard(bounce: _Bounce | None) -> bool:
    return bounce is not None and bounce.type.lower() == PERMANENT


def _addresses(data: _Data) -> tuple[str, ...]:
    given = [*data.to, *([data.email] if data.email else [])]
    plain = (one_line(parseaddr(each)[1]).lower() for each in given)
    return tuple(dict.fromkeys(filter(None, plain)))


def _detail(event: _Event) -> dict[str, str]:
    bounce = event.data.bounce or _Bounce()
    facts = {"type": bounce.type, "sub_type": bounce.subType, "message": bounce.message, "origin": event.data.origin}
    return {name: cut(one_line(fact), LONGEST_MESSAGE) for name, fact in facts.items() if fact}


def _delivery_id(tags: Mapping[str, object]) -> UUID | None:
    try:
        return UUID(str(tags.get(DELIVERY_TAG)))
    except ValueError:
        return None
