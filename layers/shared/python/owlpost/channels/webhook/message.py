"""What a webhook says: the body of a notification, that of a challenge, and the signed headers of both.

Source: Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
"""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from owlpost.domain import links
from owlpost.domain.messages import Delivery, Notification
from owlpost.domain.webhooks import Envelope

CONTENT_TYPE = "application/json"
USER_AGENT = "Owlpost"
CHALLENGE = "owlpost.challenge"
#: "Usually smaller than 20kb" (Payload size). In bytes, of which the words take a few.
MOST_DATA = 16_384
#: Of what gathered in quiet hours and goes out as one, so many are named.
MOST_GATHERED = 20


def notification_body(delivery: Delivery, web_url: str) -> bytes:
    """Return the body that tells of a notification. It is the same in each attempt and for each destination."""
    notification = delivery.notification
    data = dict(notification.data)
    is_long = len(_json(data)) > MOST_DATA
    return _json(
        {
            "type": notification.type,
            "timestamp": _utc(notification.created_at),
            "data": {
                "notification_id": str(notification.id),
                "title": notification.title,
                "body": notification.body,
                "link": links.absolute(notification.link, web_url),
                "team_id": str(notification.team_id) if notification.team_id else None,
                "recipient": str(delivery.user_id) if delivery.user_id else None,
                "data": {} if is_long else data,
                "truncated": is_long,
                **(
                    {"gathered": [_named(each) for each in delivery.gathered[:MOST_GATHERED]]}
                    if delivery.gathered
                    else {}
                ),
            },
        }
    )


def _named(notification: Notification) -> dict[str, object]:
    """What stands for a notification among those that go out as one: the API has the rest under its id."""
    return {"notification_id": str(notification.id), "type": notification.type, "title": notification.title}


def challenge_of(delivery_id: UUID, secret: str) -> str:
    """Return what only somebody knows who reads what we post there."""
    return hmac.digest(secret.encode(), f"{CHALLENGE}:{delivery_id}".encode(), "sha256").hex()


def challenge_body(delivery: Delivery, challenge: str) -> bytes:
    """Return the body that a receiver answers with the challenge in it, and so proves to be its owner's."""
    at = _utc(delivery.notification.created_at)
    return _json({"type": CHALLENGE, "timestamp": at, "data": {"challenge": challenge}})


def signed_headers(delivery: Delivery, body: bytes, secrets: Sequence[str], *, at: datetime) -> dict[str, str]:
    """Return the headers of one attempt: the id is the same in each, the timestamp is the attempt's."""
    envelope = Envelope(f"msg_{delivery.id}", str(int(at.timestamp())))
    return {
        "content-type": CONTENT_TYPE,
        "user-agent": USER_AGENT,
        "webhook-id": envelope.id,
        "webhook-timestamp": envelope.timestamp,
        "webhook-signature": " ".join(envelope.sign(body, secret) for secret in secrets),
    }


def secrets_of(opened: Mapping[str, object], at: datetime) -> list[str]:
    """Return the secrets of an opened destination that sign now, the newest first."""
    secrets = [str(opened["secret"])]
    until = opened.get("former_until")
    if isinstance(until, str) and at < datetime.fromisoformat(until):
        secrets.append(str(opened["former_secret"]))
    return secrets


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
