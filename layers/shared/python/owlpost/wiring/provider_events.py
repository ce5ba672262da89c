"""The parts of the function that takes providers' webhooks."""

from owlpost.domain.sources import source_of
from owlpost.keyed_hashes import CodeHashes
from owlpost.services.delivery.provider_events import ProviderEvents
from owlpost.wiring.base import database
from owlpost.wiring.settings import rebuilt_on_rotation, settings

#: Resend sends an event again that was not taken: better an early error than a function that runs out of its 15 seconds.
EVENT_SECONDS = 8


@rebuilt_on_rotation
def provider_events() -> ProviderEvents:
    connected = database(statement_timeout=EVENT_SECONDS, waking_time=0)
    wanted = settings()
    return ProviderEvents(connected, wanted.webhooks.secrets, connected.now, wanted.canary.email)


def source_hash(ip: str) -> str | None:
    """Return a keyed hash of who asks; None without a secret, and for what is no address.

    The key is the webhook's secret, as this function has no other: the audit trail knows the same source by another hash.
    """
    secrets = settings().webhooks.secrets
    return CodeHashes(secrets).hash_source(source_of(ip)) if secrets else None


@rebuilt_on_rotation
def ses_events() -> ProviderEvents:
    """Events by SNS are not signed: an installation that mails by SES alone has no secrets of webhooks."""
    connected = database(statement_timeout=EVENT_SECONDS, waking_time=0)
    return ProviderEvents(connected, (), connected.now, settings().canary.email)
