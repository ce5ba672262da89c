"""What a push of any kind shows of a notification, cut to the size that its provider takes, and how long it is kept."""

import json
from collections.abc import Callable
from datetime import timedelta

from owlpost.domain.links import is_followable
from owlpost.domain.messages import Notification
from owlpost.domain.text import ELLIPSIS, boundary, cut
from owlpost.domain.value import dataclass

#: Characters that a screen shows of a title, and of an expanded body.
SHOWN_TITLE = 100
SHOWN_BODY = 400
#: The provider keeps a push for a device that is off at most this long; after that there is the inbox.
LIFETIME = timedelta(hours=24)
#: Kept at least this long, so that the redrive of an old notification reaches a device that is off for a moment.
MINIMUM_LIFETIME = timedelta(hours=1)


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


def fitted(notification: Notification, render: Callable[[Words], bytes], limit: int) -> bytes:
    """Render the notification in at most `limit` bytes.

    Cut the body first, then the title. Drop the link only if it leaves no room for either.
    """
    # A row may hold what no request of today would get in: the app is given nothing that we would not follow.
    link = notification.link if notification.link and is_followable(notification.link) else None
    words = Words(cut(notification.title, SHOWN_TITLE), cut(notification.body or "", SHOWN_BODY), link)
    whole = render(words)
    if len(whole) <= limit:
        return whole
    bare = len(render(Words("", "", words.link)))
    if bare + len(ELLIPSIS.encode()) > limit:
        return _fitted_without_link(words, render, limit)
    return _cut(words, render, limit)


def _fitted_without_link(words: Words, render: Callable[[Words], bytes], limit: int) -> bytes:
    unlinked = Words(words.title, words.body, None)
    whole = render(unlinked)
    return whole if len(whole) <= limit else _cut(unlinked, render, limit)


def _cut(words: Words, render: Callable[[Words], bytes], limit: int) -> bytes:
    empty_body = '"body":"",' if words.body else ""
    with_title = len(render(Words(words.title, "", words.link))) + len(empty_body)
    if with_title + len(ELLIPSIS.encode()) <= limit:
        return render(Words(words.title, shorten(words.body, limit - with_title), words.link))
    bare = len(render(Words("", "", words.link)))
    return render(Words(shorten(words.title, limit - bare), "", words.link))


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
