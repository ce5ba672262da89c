"""Several notifications of one person as one: what a mail or a push says of all that came in their quiet hours."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from owlpost.domain.messages import Delivery, Notification
from owlpost.words import Words, of

#: The type of a push that tells of notifications of several types. An app that does not know it follows the link.
SEVERAL = "notifications.gathered"
INBOX_PATH = "/dashboard/notifications"
#: Titles in the body: a phone shows about so many lines.
MOST_TITLES = 5


def as_one(delivery: Delivery, identity: UUID, notifications: Sequence[Notification]) -> Delivery:
    """Return the delivery of one of these notifications as one that tells of all, newest first.

    `identity` is the id by which the provider knows it: a repeat has the same one, whoever of them is left by then.
    """
    newest_first = sorted(notifications, key=lambda each: (each.created_at, each.id), reverse=True)
    newest = newest_first[0]
    if len(notifications) == 1:
        return replace(delivery, notification=replace(newest, id=identity))
    words = of(delivery.locale)
    types = {each.type for each in notifications}
    teams = {each.team_id for each in notifications}
    told = Notification(
        id=identity,
        type=types.pop() if len(types) == 1 else SEVERAL,
        title=words.counted("gathered.title", len(notifications)),
        body=_titles(newest_first, words),
        link=INBOX_PATH,
        data={},
        team_id=teams.pop() if len(teams) == 1 else None,
        request_id=newest.request_id,
        created_at=newest.created_at,
    )
    return replace(delivery, notification=told, gathered=tuple(newest_first))


def _titles(notifications: Sequence[Notification], words: Words) -> str:
    shown = [f"• {each.title}" for each in notifications[:MOST_TITLES]]
    more = len(notifications) - len(shown)
    return "\n".join([*shown, *([words("and_more", n=words.number(more))] if more else [])])
