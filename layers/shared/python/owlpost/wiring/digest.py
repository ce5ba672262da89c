"""The digest's parts."""

from owlpost.domain.clock import utc_now
from owlpost.sandbox import once
from owlpost.services.digest_rest import DigestRest
from owlpost.services.schedules.digest import Digests
from owlpost.wiring.base import database, queues
from owlpost.wiring.enqueue import dispatch
from owlpost.wiring.settings import settings


@once
def digests() -> Digests:
    return Digests(
        database=database(),
        dispatch=dispatch(),
        now=database().now,
        rest=DigestRest(queues()),
        rest_clock=utc_now,
        told=settings().digest.issues_told,
    )
