"""The parts of the function that takes providers' webhooks."""

from importlib import import_module
from typing import cast

from owlpost.domain.errors import Misconfigured
from owlpost.domain.sources import source_of
from owlpost.keyed_hashes import CodeHashes
from owlpost.services.delivery.provider_events import ProviderEvents
from owlpost.services.delivery.telegram_updates import Sealing, TelegramUpdates
from owlpost.wiring.base import database
from owlpost.wiring.settings import rebuilt_on_rotation, settings

#: Resend sends an event again that was not taken: better an early error than a function that runs out of its 15 seconds.
EVENT_SECONDS = 8


@rebuilt_on_rotation
def provider_events() -> ProviderEvents:
    connected = database(statement_timeout=EVENT_SECONDS, waking_time=0)
    wanted = settings()
    return ProviderEvents(connected, wanted.webhooks.secrets, connected.now, wanted.canary.email)


@rebuilt_on_rotation
def telegram_updates() -> TelegramUpdates:
    connected = database(statement_timeout=EVENT_SECONDS, waking_time=0)
    given = settings().beginning_with(("TELEGRAM_WEBHOOK_",))
    return TelegramUpdates(connected, given.get("TELEGRAM_WEBHOOK_SECRET", ""), _seals)


def _seals() -> Sealing:
    """Imported at first use: its library would make all starts slower. Raises Misconfigured without a key."""
    keys = settings().destinations.keys
    if not keys:
        raise Misconfigured("DESTINATION_KEYS: is missing, so nothing can be connected")
    return cast("Sealing", import_module("owlpost.seals").Seals(keys))


def source_hash(ip: str) -> str | None:
    """Return a keyed hash of who asks; None without a secret, and for what is no address.

    The key is a webhook's secret, as this function has no other: the audit trail knows the same source by another hash.
    """
    given = settings().beginning_with(("RESEND_WEBHOOK_SECRETS", "TELEGRAM_WEBHOOK_SECRET"))
    if "RESEND_WEBHOOK_SECRETS" in given:
        return CodeHashes(settings().webhooks.secrets).hash_source(source_of(ip))
    return CodeHashes(tuple(given.values())).hash_source(source_of(ip)) if given else None


@rebuilt_on_rotation
def ses_events() -> ProviderEvents:
    """Events by SNS are not signed: an installation that mails by SES alone has no secrets of webhooks."""
    connected = database(statement_timeout=EVENT_SECONDS, waking_time=0)
    return ProviderEvents(connected, (), connected.now, settings().canary.email)
