"""The digest's parts."""

from owlpost.sandbox import once
from owlpost.services.schedules.digest import Digests
from owlpost.wiring.base import database
from owlpost.wiring.enqueue import dispatch


@once
def digests() -> Digests:
    return Digests(database=database(), dispatch=dispatch(), now=database().now)
