"""What asks for the icons of phones to follow. Whether anybody asks is decided here, for all functions."""

from collections.abc import Callable

from owlpost.db.session import Database
from owlpost.queue import Queues
from owlpost.services.badge_requests import BadgeRequests
from owlpost.wiring.settings import settings


def badge_requests(database: Database, queues: Callable[[], Queues]) -> BadgeRequests:
    """Return what a change of what is unread is told to. It asks nobody where the installation has badge updates off."""
    return BadgeRequests(database, queues, updates=settings().badge.updates)
