"""What a browser is sent: the words of a notification as JSON, and the headers that go with it."""

from owlpost.channels.push_words import Words, encoded, expires_at, fitted
from owlpost.domain.messages import Delivery

#: Mozilla takes 4,028 bytes, and 2,744 where the push goes on over FCM (mozilla-services/autopush-rs, docs/src/http.md and
#: errors.md), of which encryption takes a hundred.
LIMIT_BYTES = 2_500


def push_message(delivery: Delivery) -> bytes:
    """Return the JSON that `sw.js` shows."""
    notification = delivery.notification

    def render(words: Words) -> bytes:
        shown: dict[str, object] = {"id": str(notification.id), "title": words.title}
        if words.body:
            shown["body"] = words.body
        if words.link:
            shown["link"] = words.link
        return encoded({**shown, "unread": delivery.unread})

    return fitted(notification, render, LIMIT_BYTES)


def push_headers(delivery: Delivery, *, now: float) -> dict[str, str]:
    """Return the headers of a push but for `authorization` (RFC 8030, section 5).

    `topic` has a later push for the same notification take the place of one that waits. It may have 32 characters.
    """
    notification = delivery.notification
    return {
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        "ttl": str(expires_at(notification, now) - int(now)),
        "urgency": "high",
        "topic": notification.id.hex,
    }
