"""Cleanup's parts."""

from owlpost.sandbox import once
from owlpost.services.schedules.cleanup import Cleanup
from owlpost.services.schedules.departed import Departed
from owlpost.services.schedules.texts import Texts
from owlpost.wiring.badges import badge_requests
from owlpost.wiring.base import database, queues
from owlpost.wiring.settings import settings
from owlpost.wiring.sweep import sweep


@once
def cleanup() -> Cleanup:
    return Cleanup(
        database=database(),
        retention=settings().retention,
        now=database().now,
        sweep=sweep(),
        unread_changed=badge_requests(database(), queues).queue,
        departed=Departed(database(), database().now),
        texts=Texts(database()),
    )
