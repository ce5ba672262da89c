"""A push as APNs and FCM got it: see `channels.looks`."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from owlpost.channels.looks import MARK, MASK, Look, fingerprint
from owlpost.channels.mobile_push.payload import apns_payload, fcm_message
from owlpost.channels.push_words import LIFETIME
from owlpost.domain.messages import Delivery

#: What a body says of the moment it was made. Quotes inside of words are escaped, so no words can look like it.
UNREAD = re.compile(rb'"badge":(\d+)')
TTL = re.compile(rb'"ttl":"(\d+)s"')


def mark(bodies: Mapping[str, bytes]) -> Mapping[str, object]:
    """Return by platform the fingerprint of the body, and the number in it that no row says."""
    return {platform: _mark(body) for platform, body in bodies.items()}


def look(delivery: Delivery, section: Mapping[str, str]) -> Look:  # noqa: ARG001 (as every Looking; a push needs no setting)
    """See Looking. The headers are those that belong to the delivery: the path holds the token."""
    kept = delivery.metadata.get(MARK)
    if not isinstance(kept, dict):
        return Look(_parts(_bodies(delivery, {"ios": {}, "android": {}}), delivery), as_sent=None)
    bodies = _bodies(delivery, kept)
    same = mark(bodies) == kept
    return Look(_parts(bodies, delivery), as_sent=True) if same else Look({}, as_sent=False)


def _mark(body: bytes) -> Mapping[str, object]:
    numbers = {"unread": UNREAD.search(body), "ttl": TTL.search(body)}
    return {"body": fingerprint(body)} | {name: int(found[1]) for name, found in numbers.items() if found}


def _bodies(delivery: Delivery, kept: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the bodies by platform, with the numbers of then where they are kept."""
    made = {"ios": _for_ios, "android": _for_android}
    return {platform: made[platform](delivery, numbers) for platform, numbers in kept.items() if platform in made}


def _for_ios(delivery: Delivery, kept: Mapping[str, Any]) -> bytes:
    return apns_payload(replace(delivery, unread=kept.get("unread", delivery.unread)))


def _for_android(delivery: Delivery, kept: Mapping[str, Any]) -> bytes:
    lifetime = LIFETIME.total_seconds()
    return fcm_message(
        delivery, now=delivery.notification.created_at.timestamp() + lifetime - kept.get("ttl", lifetime)
    )


def _parts(bodies: Mapping[str, bytes], delivery: Delivery) -> Mapping[str, object]:
    """Return by platform what its provider gets, with the token masked."""
    headers = {
        "apns-push-type": "alert",
        "apns-priority": "10",
        "apns-collapse-id": str(delivery.notification.id),
    }
    parts: dict[str, object] = {}
    if "ios" in bodies:
        parts["ios"] = {"path": f"/3/device/{MASK}", "headers": headers, "body": json.loads(bodies["ios"])}
    if "android" in bodies:
        message = json.loads(b"{" + bodies["android"] + b"}")
        parts["android"] = {"body": {"message": {"token": MASK, **message}}}
    return parts
