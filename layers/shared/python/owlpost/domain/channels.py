"""The registry of channels. One entry here gives a channel its queue, dead-letter queue, alarms and preferences row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell a person.

    `adapter` names the module in which `build(section)` makes the channel's adapter; None means that the delivery is done
    once its row is written. `settings` lists the beginnings of the environment variables that the adapter may see.
    """

    key: str
    label: str
    adapter: str | None = None
    settings: tuple[str, ...] = ()
    #: The provider takes many deliveries in one call under one idempotency key, so a batch keeps its members over retries.
    freezes_batches: bool = False
    #: Written to `users.email`, so suppressed addresses are passed by.
    by_address: bool = False

    @property
    def queued(self) -> bool:
        return self.adapter is not None


NOTIFICATION_CHANNELS: dict[str, Channel] = {
    channel.key: channel
    for channel in (
        Channel("in_app", "In-app"),
        Channel(
            "email",
            "Email",
            adapter="owlpost.channels.email",
            settings=("EMAIL_", "RESEND_", "WEB_URL", "UNSUBSCRIBE_"),
            freezes_batches=True,
            by_address=True,
        ),
        Channel(
            "mobile_push",
            "Mobile push",
            adapter="owlpost.channels.mobile_push",
            settings=("APNS_", "FCM_"),
        ),
    )
}


def queued_channels() -> tuple[Channel, ...]:
    """The channels that a worker delivers, in registry order."""
    return tuple(channel for channel in NOTIFICATION_CHANNELS.values() if channel.queued)
