"""The parts of the function that providers report to."""

from owlpost.domain.clock import utc_now
from owlpost.rotation import kept, settings
from owlpost.services.feedback import Feedback
from owlpost.wiring.base import database


@kept
def feedback() -> Feedback:
    return Feedback(database=database(), secrets=settings().webhooks.secrets, now=utc_now)
