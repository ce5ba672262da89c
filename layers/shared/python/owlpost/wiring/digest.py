"""The digest's parts."""

from functools import cache

from owlpost.domain.clock import utc_now
from owlpost.services.schedules.digest import Digests
from owlpost.wiring.base import database
from owlpost.wiring.enqueue import dispatch


@cache
def digests() -> Digests:
    return Digests(database=database(), dispatch=dispatch(), now=utc_now)
