"""The registry of channels. One entry here gives a channel its queue, dead-letter queue, alarms and preferences row."""

from collections.abc import Collection

from owlpost.domain.channel import Channel, Credential
from owlpost.domain.errors import Misconfigured
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS

NOTIFICATION_CHANNELS: dict[str, Channel] = {
    channel.key: channel
    for channel in (
        Channel("in_app", "In-app", reach="inbox"),
        Channel(
            "email",
            "Email",
            adapter="owlpost.channels.email.channel",
            settings=(
                "EMAIL_",
                "MAIL_SENDER",
                "SMTP_",
                "SES_",
                "RESEND_API_KEY",
                "RESEND_BASE_URL",
                "RESEND_CALLS_PER_SECOND",
                "WEB_URL",
                "BRAND_",
                "UNSUBSCRIBE_",
                "DELIVERY_OTHER_WORKERS",
            ),
            credentials=(
                Credential(
                    ("RESEND_API_KEY",),
                    otherwise="console",
                    provider="resend",
                    replaced=True,
                    instead=("SMTP_HOST", "SES_CONFIGURATION_SET"),
                ),
            ),
            freezes_batches=True,
            reach="mail_address",
        ),
        Channel(
            "mobile_push",
            "Mobile push",
            adapter="owlpost.channels.mobile_push.channel",
            settings=("APNS_", "FCM_"),
            credentials=(
                Credential(
                    ("APNS_KEY_ID", "APNS_TEAM_ID", "APNS_KEY_P8"),
                    otherwise="no_apns_key",
                    provider="apns",
                    platform="ios",
                ),
                Credential(("FCM_SERVICE_ACCOUNT",), otherwise="no_fcm_key", provider="fcm", platform="android"),
            ),
            reach="devices",
        ),
    )
}

#: Channels that go to destinations, switched on or not: statements are made before anything is switched on.
DESTINATION_CHANNELS = tuple(
    channel.key for channel in (*NOTIFICATION_CHANNELS.values(), *OPTIONAL_CHANNELS.values()) if channel.by_destination
)


def switch_on(keys: Collection[str]) -> None:
    """Take these optional channels into the registry; once is enough for a process. Raises Misconfigured for another name."""
    try:
        found = queued_with(keys)
    except ValueError as error:
        raise Misconfigured(str(error)) from None
    NOTIFICATION_CHANNELS.update((channel.key, channel) for channel in found)


def queued_with(keys: Collection[str]) -> tuple[Channel, ...]:
    """Return the channels that have a worker once these optional ones are switched on. Raises ValueError for another name."""
    if unknown := set(keys) - OPTIONAL_CHANNELS.keys() - NOTIFICATION_CHANNELS.keys():
        raise ValueError(f"CHANNELS: {min(unknown)!r} is none of {', '.join(OPTIONAL_CHANNELS)}")
    new = tuple(each for key, each in OPTIONAL_CHANNELS.items() if key in keys and key not in NOTIFICATION_CHANNELS)
    return (*queued_channels(), *new)


def destination_channels() -> tuple[Channel, ...]:
    """Return the channels of this installation that people connect destinations for, in registry order."""
    return tuple(channel for channel in NOTIFICATION_CHANNELS.values() if channel.by_destination)


def queued_channels() -> tuple[Channel, ...]:
    """Return the channels that have a worker, in registry order."""
    return tuple(channel for channel in NOTIFICATION_CHANNELS.values() if channel.queued)


def credentials() -> tuple[Credential, ...]:
    """Return what the providers of all channels ask for, in registry order."""
    return tuple(credential for channel in NOTIFICATION_CHANNELS.values() for credential in channel.credentials)


def providers() -> tuple[str, ...]:
    """Return the providers' names, in registry order."""
    return tuple(credential.provider for credential in credentials())
