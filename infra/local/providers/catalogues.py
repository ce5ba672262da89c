"""All catalogues, by the provider's name in the plan of faults."""

from infra.local.providers import (
    apns_catalogue,
    fcm_catalogue,
    oauth_catalogue,
    receiver_catalogue,
    resend_catalogue,
    room_webhook_catalogue,
    slack_catalogue,
    telegram_catalogue,
    web_push_catalogue,
)
from infra.local.providers.catalogue import Catalogue, CataloguedAnswer

CATALOGUES: dict[str, Catalogue] = {
    "resend": resend_catalogue.CATALOGUE,
    "apns": apns_catalogue.CATALOGUE,
    "fcm": fcm_catalogue.CATALOGUE,
    "fcm_token": oauth_catalogue.CATALOGUE,
    "webhook": receiver_catalogue.CATALOGUE,
    "telegram": telegram_catalogue.CATALOGUE,
    "web_push": web_push_catalogue.CATALOGUE,
    "slack": slack_catalogue.CATALOGUE,
    "teams": room_webhook_catalogue.TEAMS_CATALOGUE,
    "discord": room_webhook_catalogue.DISCORD_CATALOGUE,
}

#: What a connection's GOAWAY says unless the fault says something else.
GOODBYES = {"apns": '{"reason":"Shutdown"}', "fcm": fcm_catalogue.GOODBYES[0]}


def catalogued(provider: str, name: str) -> CataloguedAnswer:
    """Return one answer of a provider. Raises KeyError if its catalogue has none of this name."""
    return CATALOGUES[provider].answers[name]
