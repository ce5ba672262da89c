"""The payload for APNs and the message for FCM, cut to the 4,096 bytes that both accept."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from owlpost.domain.links import is_followable
from owlpost.domain.messages import Badge, Delivery, Notification
from owlpost.domain.text import ELLIPSIS, boundary, cut

LIMIT_BYTES = 4096
#: Characters that a phone shows of a title, and of an expanded body.
SHOWN_TITLE = 100
SHOWN_BODY = 400
#: The provider keeps a push for a phone that is off at most this long; after that there is the inbox.
LIFETIME = timedelta(hours=24)
#: Kept at least this long, so that the redrive of an old notification reaches a phone that is off for a moment.
MINIMUM_LIFETIME = timedelta(hours=1)
PROJECT_ID_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Words:
    """The parts of a notification that may be cut."""

    title: str
    body: str
    link: str | None


def expires_at(notification: Notification, now: float) -> int:
    """Return when the provider may give up the push, in seconds since the epoch."""
    wanted = (notification.created_at + LIFETIME).timestamp()
    return int(max(wanted, now + MINIMUM_LIFETIME.total_seconds()))


def apns_payload(delivery: Delivery) -> bytes:
    """Return the body of a request to APNs. The app opens a detail screen if it finds both `link` and `data.project_id`."""
    notification = delivery.notification
    project = _project_id(notification)

    def render(words: Words) -> bytes:
        alert = {"title": words.title} | ({"body": words.body} if words.body else {})
        aps = {"alert": alert, "sound": "default", "badge": delivery.unread, "thread-id": _thread(notification)}
        root: dict[str, object] = {"aps": aps, "type": notification.type, "notification_id": str(notification.id)}
        if words.link:
            root["link"] = words.link
        if project:
            root["data"] = {"project_id": project}
        return encoded(root)

    return _fitted(notification, render)


def apns_badge(badge: Badge) -> bytes:
    """Return the body of a request that only sets the number on the app's icon."""
    return encoded({"aps": {"badge": badge.unread}})


def fcm_message(delivery: Delivery, *, now: float) -> bytes:
    """Return the members of FCM's `message` object except `token`, without the braces: the caller puts the token first."""
    notification = delivery.notification
    identity = str(notification.id)
    ttl = expires_at(notification, now) - int(now)
    fixed = {"type": notification.type, "notification_id": identity}
    if project := _project_id(notification):
        fixed["project_id"] = project

    def render(words: Words) -> bytes:
        message = {
            "notification": {"title": words.title} | ({"body": words.body} if words.body else {}),
            "data": fixed | ({"link": words.link} if words.link else {}),
            "android": {
                "collapse_key": identity,
                "priority": "HIGH",
                "ttl": f"{ttl}s",
                "notification": {"tag": identity},
            },
        }
        return encoded(message)

    return _fitted(notification, render)[1:-1]


def _fitted(notification: Notification, render: Callable[[Words], bytes]) -> bytes:
    """Render the notification within the limit.

    Cut the body first, then the title. Drop the link only if it leaves no room for either.
    """
    # A row may hold what no request of today would get in: the app is given nothing that we would not follow.
    link = notification.link if notification.link and is_followable(notification.link) else None
    words = Words(cut(notification.title, SHOWN_TITLE), cut(notification.body or "", SHOWN_BODY), link)
    whole = render(words)
    if len(whole) <= LIMIT_BYTES:
        return whole
    bare = len(render(Words("", "", words.link)))
    if bare + len(ELLIPSIS.encode()) > LIMIT_BYTES:
        return _fitted_without_link(words, render)
    return _cut(words, render)


def _fitted_without_link(words: Words, render: Callable[[Words], bytes]) -> bytes:
    unlinked = Words(words.title, words.body, None)
    whole = render(unlinked)
    return whole if len(whole) <= LIMIT_BYTES else _cut(unlinked, render)


def _cut(words: Words, render: Callable[[Words], bytes]) -> bytes:
    empty_body = '"body":"",' if words.body else ""
    with_title = len(render(Words(words.title, "", words.link))) + len(empty_body)
    if with_title + len(ELLIPSIS.encode()) <= LIMIT_BYTES:
        return render(Words(words.title, shorten(words.body, LIMIT_BYTES - with_title), words.link))
    bare = len(render(Words("", "", words.link)))
    return render(Words(shorten(words.title, LIMIT_BYTES - bare), "", words.link))


def _project_id(notification: Notification) -> str | None:
    project = notification.data.get("project_id")
    return project if isinstance(project, str) and 0 < len(project) <= PROJECT_ID_LENGTH else None


def _thread(notification: Notification) -> str:
    """Return the id that groups notifications on the lock screen: by project, else by type and team."""
    if project := _project_id(notification):
        return project
    return f"{notification.type}/{notification.team_id}" if notification.team_id else notification.type


def encoded(value: object) -> bytes:
    """Return compact JSON in UTF-8, the bytes that the providers count. A lone surrogate becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def shorten(text: str, budget: int) -> str:
    """Cut `text` so that its JSON string has at most `budget` bytes between the quotes.

    Returns "" if there is no room for a single ….
    """
    if _size(text) <= budget:
        return text
    low, high = 0, min(len(text), max(budget, 0))
    while low < high:
        middle = (low + high + 1) // 2
        if _size(text[:middle]) + len(ELLIPSIS.encode()) <= budget:
            low = middle
        else:
            high = middle - 1
    kept = text[: boundary(text, low)].rstrip()
    return kept + ELLIPSIS if budget >= len(ELLIPSIS.encode()) else ""


def _size(text: str) -> int:
    return len(encoded(text)) - 2
