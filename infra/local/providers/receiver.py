"""A fake receiver of webhooks: whatever is posted to any path of it is taken once, and shown in the mailbox.

It answers a challenge as docs/webhooks.md asks of receivers, and knows a repeat by its `webhook-id`, as the Standard Webhooks
specification asks of them. It checks no signature, as nobody has told it the secret.
"""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from infra.local.providers.exchange import Answer, Request, json_answer
from infra.local.providers.faults import Fault, FaultPlan, answer_of, retry_after, suffer
from infra.local.providers.ledger import Accepted, Ledger, Remembered
from infra.local.providers.receiver_catalogue import ANSWERS

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The name of the answer for each fault.
FAULTS = {"rate_limit": "too_fast", "error_500": "error", "error_503": "unavailable"}
#: Seconds for which a repeat is known.
REMEMBERS = 7 * 86_400.0


class Receiver:
    """The application behind the fake's HTTP server."""

    def __init__(self, *, ledger: Ledger, faults: FaultPlan, clock: Callable[[], float] = time.time) -> None:
        self._ledger = ledger
        self._faults = faults
        self._clock = clock

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        if request.method != "POST":
            return ANSWERS["not_found"].answer()
        fault = self._faults.pick("webhook", lambda: request.path)
        if fault is None:
            return self._taken(request)
        return suffer(fault, accept=lambda: self._taken(request), refuse=_refusal)

    def _taken(self, request: Request) -> Answer:
        try:
            event = json.loads(request.body)
        except ValueError:
            return ANSWERS["bad_request"].answer()
        data = event.get("data") if isinstance(event, dict) else None
        if not isinstance(data, dict):
            return ANSWERS["bad_request"].answer()
        self._record(request, event, data)
        return json_answer(200, {"challenge": str(data.get("challenge", ""))})

    def _record(self, request: Request, event: "Mapping[str, Any]", data: "Mapping[str, Any]") -> None:
        id_, now = request.headers.get("webhook-id", ""), self._clock()
        key = f"{request.path} {id_}"
        if self._ledger.recall(key, now=now):
            return
        self._ledger.remember(key, Remembered("", 200, b""), expires_at=now + REMEMBERS)
        self._ledger.record(
            Accepted(
                at=now,
                channel="webhook",
                provider="webhook",
                recipient=request.path,
                provider_id=id_,
                delivery_id=id_.removeprefix("msg_") or None,
                notification_id=data.get("notification_id"),
                title=str(data.get("title") or event.get("type") or ""),
                text=str(data.get("body") or ""),
                headers=json.dumps({name: value for name, value in request.headers.items() if "webhook" in name}),
                payload=request.body.decode("utf-8", "replace"),
            )
        )


def _refusal(fault: Fault) -> Answer:
    return answer_of(fault, FAULTS).answer(retry_after(fault))
