"""The parts of the function that providers report to."""

from owlpost.domain.clock import utc_now
from owlpost.services.delivery.provider_events import Feedback
from owlpost.wiring.base import database
from owlpost.wiring.settings import rebuilt_on_rotation, settings


@rebuilt_on_rotation
def feedback() -> Feedback:
    return Feedback(database=database(), secrets=settings().webhooks.secrets, now=utc_now)
