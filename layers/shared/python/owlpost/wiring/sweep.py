"""The sweep's parts."""

from functools import cache

from owlpost.domain.clock import utc_now
from owlpost.services.schedules.sweep import Sweep
from owlpost.wiring.base import database, queues


@cache
def sweep() -> Sweep:
    return Sweep(database=database(), queues=queues(), now=utc_now)
