"""Resend's webhooks on demand: events of an accepted mail, signed and sent as Resend does.

Sources: resend.com/docs/webhooks, docs.svix.com/retries and webhook_catalogue.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict

from infra.local.providers.ledger import Ledger
from infra.local.providers.webhook_catalogue import ADDRESS_EVENTS, MAIL_EVENTS
from owlpost.domain.webhooks import Envelope

log = logging.getLogger(__name__)

#: Seconds before each further try without a 2xx. Resend has as many tries: after 5 s, 5 and 30 min, 2, 5, 10 and 10 hours.
PAUSES = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 10.0)
#: Seconds to wait for an answer, as at Svix.
PATIENCE = 15.0
#: An answer with this header and value ends the tries.
ABORT = ("webhook-delivery", "abort-message")


#: Short names of orders, for those who type them.
SHORT = {kind.removeprefix("email."): kind for kind in MAIL_EVENTS}


def _known(event: str) -> str:
    """Return the event's type as Resend names it."""
    type_ = SHORT.get(event, event)
    if type_ not in MAIL_EVENTS and type_ not in ADDRESS_EVENTS:
        raise ValueError(f"Resend has no event {event!r}")
    return type_


class NoSuchMail(Exception):
    """No mail was accepted for this address."""


class Order(BaseModel):
    """The event, such as `bounced` or `suppression.removed`, for the newest accepted mail of an address."""

    model_config = ConfigDict(extra="forbid")

    event: Annotated[str, AfterValidator(_known)]
    to: str
    bounce: Literal["Permanent", "Transient", "Undetermined"] = "Permanent"


class Webhooks:
    """Sends to `url`, signed with `secret` (`whsec_…`), each in a thread of its own: the fakes go on serving."""

    def __init__(self, *, ledger: Ledger, url: str | None, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._url = url
        self._secret = secret
        self._clock = clock

    @property
    def configured(self) -> bool:
        return self._url is not None

    def send(self, order: Order) -> str:
        """Start to send an event. Return its id. Raises NoSuchMail."""
        event_id = f"msg_{uuid.uuid4().hex}"
        body = json.dumps(self._event(order)).encode()
        threading.Thread(target=self._deliver, args=(event_id, body), name="webhook", daemon=True).start()
        return event_id

    def _event(self, order: Order) -> dict[str, Any]:
        mail = next((each for each in self._ledger.accepted() if _went_to(each, order.to)), None)
        if mail is None:
            raise NoSuchMail(f"no mail to {order.to} was accepted")
        at = _written(self._clock())
        data = _of_an_address(mail, order, at) if order.event in ADDRESS_EVENTS else _of_a_mail(mail, order)
        return {"type": order.event, "created_at": at, "data": data}

    def _deliver(self, event_id: str, body: bytes) -> None:
        """Send at least once. Each try has its own timestamp, as at Svix."""
        for pause in (0.0, *PAUSES):
            time.sleep(pause)
            if self._try(event_id, body):
                return
        log.warning("webhook %s was not taken", event_id)

    def _try(self, event_id: str, body: bytes) -> bool:
        envelope = Envelope(event_id, str(int(self._clock())))
        headers = {
            "content-type": "application/json",
            "svix-id": envelope.id,
            "svix-timestamp": envelope.timestamp,
            "svix-signature": envelope.sign(body, self._secret),
        }
        try:
            answer = httpx.post(self._url or "", content=body, headers=headers, timeout=PATIENCE, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.is_success or answer.headers.get(ABORT[0]) == ABORT[1]


def _of_a_mail(mail: dict[str, Any], order: Order) -> dict[str, Any]:
    data: dict[str, Any] = {
        "created_at": _written(mail["at"]),
        "email_id": mail["provider_id"],
        "message_id": f"<{mail['provider_id']}@resend.dev>",
        "from": mail["headers"]["from"],
        "to": [order.to],
        "subject": mail["subject"],
    }
    if tags := (mail["payload"] or {}).get("tags"):
        data["tags"] = {tag["name"]: tag["value"] for tag in tags}
    data |= MAIL_EVENTS[order.event]
    if "bounce" in data:
        data["bounce"] = data["bounce"] | {"type": order.bounce}
    return data


def _of_an_address(mail: dict[str, Any], order: Order, at: str) -> dict[str, Any]:
    first = {"id": str(uuid.uuid4()), "email": order.to.lower(), "source_id": mail["provider_id"], "created_at": at}
    return {**first, **ADDRESS_EVENTS[order.event]}


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _went_to(mail: dict[str, Any], address: str) -> bool:
    return mail["channel"] == "email" and address.lower() in mail["recipient"].lower().split(", ")
