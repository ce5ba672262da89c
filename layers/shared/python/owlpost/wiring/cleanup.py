"""Cleanup's parts."""

from collections.abc import Sequence
from uuid import UUID

from owlpost.sandbox import once
from owlpost.services.badge_requests import BadgeRequests
from owlpost.services.schedules.cleanup import Cleanup
from owlpost.services.schedules.departed import Departed
from owlpost.wiring.base import database, queues
from owlpost.wiring.settings import settings
from owlpost.wiring.sweep import sweep


@once
def cleanup() -> Cleanup:
    badges = BadgeRequests(database(), queues)
    return Cleanup(
        database=database(),
        retention=settings().retention,
        now=database().now,
        sweep=sweep(),
        unread_changed=badges.queue if settings().badge.updates else _badges_are_off,
        departed=Departed(database(), database().now),
    )


def _badges_are_off(_user_ids: Sequence[UUID]) -> None:
    """Leave the icons to the next push."""
