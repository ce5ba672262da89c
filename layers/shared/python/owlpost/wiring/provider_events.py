"""The parts of the function that takes providers' webhooks."""

from owlpost.domain.clock import utc_now
from owlpost.services.delivery.provider_events import ProviderEvents
from owlpost.wiring.base import database
from owlpost.wiring.settings import rebuilt_on_rotation, settings


@rebuilt_on_rotation
def provider_events() -> ProviderEvents:
    return ProviderEvents(database=database(), secrets=settings().webhooks.secrets, now=utc_now)
