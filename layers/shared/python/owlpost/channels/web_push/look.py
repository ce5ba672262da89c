"""A web push as its browsers got it: see `channels.looks`."""

import json
from collections.abc import Mapping
from dataclasses import replace

from owlpost.channels.looks import MARK, Look, fingerprint
from owlpost.channels.web_push.message import push_headers, push_message
from owlpost.domain.messages import Delivery

#: Headers that are the same in each attempt.
SHOWN = ("urgency", "topic", "content-encoding")


def mark(body: bytes) -> Mapping[str, object]:
    """Return the fingerprint of the message, and the number in it that no row says."""
    return {"body": fingerprint(body), "unread": json.loads(body)["unread"]}


def look(delivery: Delivery, section: Mapping[str, str]) -> Look:  # noqa: ARG001 (as every Looking; a push needs no setting)
    """See Looking. The endpoint and the key are those of a browser, and not shown."""
    kept = delivery.metadata.get(MARK)
    unread = kept.get("unread", delivery.unread) if isinstance(kept, dict) else delivery.unread
    body = push_message(replace(delivery, unread=unread))
    headers = push_headers(delivery, now=delivery.notification.created_at.timestamp())
    parts = {"headers": {name: headers[name] for name in SHOWN}, "body": json.loads(body)}
    if not isinstance(kept, dict):
        return Look(parts, as_sent=None)
    return Look(parts, as_sent=True) if mark(body) == kept else Look({}, as_sent=False)
