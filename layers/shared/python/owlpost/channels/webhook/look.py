"""A webhook as its receivers got it: see `channels.looks`."""

import json
from collections.abc import Mapping

from owlpost.channels.looks import MARK, MASK, Look, fingerprint
from owlpost.channels.webhook.message import CONTENT_TYPE, notification_body
from owlpost.channels.webhook.settings import WebhookSettings
from owlpost.domain.messages import Delivery


def mark(body: bytes) -> Mapping[str, object]:
    """Return the fingerprint of the body."""
    return {"body": fingerprint(body)}


def look(delivery: Delivery, section: Mapping[str, str]) -> Look:
    """See Looking. Of the headers those are shown that are the same in each attempt, and no signature."""
    body = notification_body(delivery, WebhookSettings.from_section(section).web_url)
    headers = {"content-type": CONTENT_TYPE, "webhook-id": f"msg_{delivery.id}", "webhook-signature": MASK}
    parts = {"headers": headers, "body": json.loads(body)}
    kept = delivery.metadata.get(MARK)
    if not isinstance(kept, dict):
        return Look(parts, as_sent=None)
    return Look(parts, as_sent=True) if mark(body) == kept else Look({}, as_sent=False)
