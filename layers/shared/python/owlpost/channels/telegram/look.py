"""A message of Telegram as its chats got it: see `channels.looks`."""

import json
from collections.abc import Mapping

from owlpost.channels.looks import MARK, Look, fingerprint
from owlpost.channels.telegram.message import chat_message
from owlpost.domain import endpoints
from owlpost.domain.messages import Delivery


def mark(body: bytes) -> Mapping[str, object]:
    """Return the fingerprint of the message."""
    return {"body": fingerprint(body)}


def look(delivery: Delivery, section: Mapping[str, str]) -> Look:
    """See Looking. The chat is not shown."""
    url = section.get("WEB_URL", "")
    body = chat_message(delivery, endpoints.origin(url) if url else "")
    parts = {"body": json.loads(body)}
    kept = delivery.metadata.get(MARK)
    if not isinstance(kept, dict):
        return Look(parts, as_sent=None)
    return Look(parts, as_sent=True) if mark(body) == kept else Look({}, as_sent=False)
