"""The registry of channels. One entry here gives a channel its queue, dead-letter queue, alarms and preferences row."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from owlpost.domain.connect import Connect
from owlpost.domain.connect_kinds import BROWSERS, DISCORD, SLACK, TEAMS, TELEGRAM_CHATS, WEBHOOK
from owlpost.domain.errors import Misconfigured

#: Where a channel reaches people: in the inbox, at `users.email`, on each of their registered devices, at each of the
#: destinations that they connected themselves, or at one address that the installation sets.
Reach: TypeAlias = Literal["inbox", "mail_address", "devices", "destinations", "installation"]
#: In place of a channel in `defaults_like`.
EVERY = "*"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a provider asks for: where one of `variables` is not set, deliveries over it end by `otherwise`.

    `provider` is its name in reports and pauses. `platform` is that of the devices it serves, None where it serves the whole
    channel. `replaced` is whether something takes its place without it, as the log does for mail; else deliveries are skipped.
    """

    variables: tuple[str, ...]
    otherwise: str
    provider: str
    platform: str | None = None
    replaced: bool = False
    #: Variables of other providers for the same: one that is set does as well.
    instead: tuple[str, ...] = ()

    def given_by(self, configured: Collection[str]) -> bool:
        """Return whether these variables are what the provider, or another in its place, asks for."""
        return set(self.variables) <= set(configured) or bool(set(self.instead) & set(configured))


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to notify a person.

    `adapter` names the module whose `build(section)` makes the channel's adapter; None if a delivery is done as soon as its
    row is written. `settings` lists the prefixes of the environment variables that the adapter may see.
    """

    key: str
    label: str
    adapter: str | None = None
    settings: tuple[str, ...] = ()
    credentials: tuple[Credential, ...] = ()
    #: The three that follow are what the adapter promises: see `channels.adapter.Promises`.
    #: The provider takes many deliveries in one call under one idempotency key, so a batch keeps its members in retries.
    freezes_batches: bool = False
    #: A repeat of a call tells the person twice, so an unknown outcome ends the delivery.
    twice: bool = False
    #: Deliveries that one claim takes: with `twice`, a worker that dies leaves as many unknown.
    most: int = 100
    reach: Reach = "installation"
    #: On by default for each type for which this channel is, or for EVERY type; None: for those types alone that name it.
    defaults_like: str | None = None
    #: How people connect it, where it goes to destinations.
    connect: Connect | None = None
    #: One of its variables that is a secret which a deployment makes, and keeps.
    generated: str | None = None

    @property
    def queued(self) -> bool:
        return self.adapter is not None

    @property
    def by_address(self) -> bool:
        """Whether deliveries go to `users.email`; suppressed addresses are then skipped."""
        return self.reach == "mail_address"

    @property
    def by_device(self) -> bool:
        """Whether deliveries go to each of the person's registered devices."""
        return self.reach == "devices"

    @property
    def by_destination(self) -> bool:
        """Whether deliveries go to each of the person's live destinations. Nobody without one has a delivery."""
        return self.reach == "destinations"

    @property
    def for_people(self) -> bool:
        """Whether somebody may connect it for themselves: else it reaches teams' rooms alone, and nobody chooses it."""
        return self.connect is None or any(kind.owned_by == "person" for kind in self.connect.kinds)


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

#: What every chat reads beside its own.
CHAT_SETTINGS = ("CHAT_", "DESTINATION_KEYS", "WEB_URL")
#: Channels that we ship and that nobody has until the installation names them in CHANNELS: see `switch_on`.
OPTIONAL_CHANNELS: dict[str, Channel] = {
    channel.key: channel
    for channel in (
        Channel(
            "webhook",
            "Webhook",
            adapter="owlpost.channels.webhook.channel",
            settings=("WEBHOOK_", "DESTINATION_KEYS", "WEB_URL"),
            reach="destinations",
            defaults_like=EVERY,
            connect=WEBHOOK,
        ),
        Channel(
            "slack",
            "Slack",
            adapter="owlpost.channels.slack.channel",
            settings=("SLACK_", *CHAT_SETTINGS),
            credentials=(Credential(("SLACK_BOT_TOKEN",), otherwise="no_slack_key", provider="slack"),),
            reach="destinations",
            defaults_like="mobile_push",
            connect=SLACK,
        ),
        Channel(
            "teams",
            "Microsoft Teams",
            adapter="owlpost.channels.teams.channel",
            settings=("TEAMS_", *CHAT_SETTINGS),
            reach="destinations",
            connect=TEAMS,
        ),
        Channel(
            "discord",
            "Discord",
            adapter="owlpost.channels.discord.channel",
            settings=("DISCORD_", *CHAT_SETTINGS),
            reach="destinations",
            connect=DISCORD,
        ),
        Channel(
            "web_push",
            "Web push",
            adapter="owlpost.channels.web_push.channel",
            settings=("WEB_PUSH_", "DESTINATION_KEYS", "WEB_URL"),
            reach="destinations",
            defaults_like="mobile_push",
            connect=BROWSERS,
            generated="WEB_PUSH_SECRET",
        ),
        Channel(
            "telegram",
            "Telegram",
            adapter="owlpost.channels.telegram.channel",
            settings=("TELEGRAM_", "DESTINATION_KEYS", "WEB_URL"),
            credentials=(Credential(("TELEGRAM_BOT_TOKEN",), otherwise="no_telegram_token", provider="telegram"),),
            reach="destinations",
            defaults_like="mobile_push",
            connect=TELEGRAM_CHATS,
            generated="TELEGRAM_WEBHOOK_SECRET",
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
