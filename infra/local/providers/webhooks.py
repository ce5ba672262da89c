"""Resend's webhooks on demand: events of an accepted mail, signed and sent as Resend does.

Source: resend.com/docs/webhooks.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict

from infra.local.providers.ledger import Ledger
from owlpost.domain.webhooks import Envelope

log = logging.getLogger(__name__)

#: Seconds before each further try without a 2xx. Resend itself goes on for hours.
PAUSES = (0.5, 2.0, 5.0, 10.0)
PATIENCE = 30.0


class NoSuchMail(Exception):
    """No mail was accepted for this address."""


class Order(BaseModel):
    """The event for the newest accepted mail of an address."""

    model_config = ConfigDict(extra="forbid")

    event: Literal["delivered", "bounced", "complained", "suppressed"]
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
        data: dict[str, Any] = {
            "created_at": datetime.fromtimestamp(mail["at"], UTC).isoformat(),
            "email_id": mail["provider_id"],
            "from": mail["headers"]["from"],
            "to": [order.to],
            "subject": mail["subject"],
            "tags": {tag["name"]: tag["value"] for tag in (mail["payload"] or {}).get("tags") or []},
        }
        if order.event == "bounced":
            data["bounce"] = {"type": order.bounce, "subType": "General", "message": "The mail server said no."}
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"type": f"email.{order.event}", "created_at": at, "data": data}

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
        return answer.is_success


def _went_to(mail: dict[str, Any], address: str) -> bool:
    return mail["channel"] == "email" and address.lower() in mail["recipient"].lower().split(", ")
