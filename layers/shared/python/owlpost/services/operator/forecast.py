"""Forecast what each channel would do with a notification for a person now, and which rule decides."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from owlpost.db.operator.recipient import Recipient
from owlpost.domain import reasons
from owlpost.domain.channels import NOTIFICATION_CHANNELS, Channel, Credential
from owlpost.domain.preferences import overrides
from owlpost.domain.reasons import Reason
from owlpost.domain.types import NotificationType


@dataclass(frozen=True, slots=True)
class ChannelForecast:
    """`rule` is the code of the rule that decides, `explanation` its meaning in words."""

    channel: str
    sent: bool
    rule: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """`configured` returns the names of the variables that are set: they say which providers have a key."""

    configured: Callable[[], Collection[str]]

    def of(self, person: Recipient, kind: NotificationType) -> list[ChannelForecast]:
        """Return one forecast for each channel, in the order of the registry."""
        return [self._forecast(channel, person, kind) for channel in NOTIFICATION_CHANNELS.values()]

    def _forecast(self, channel: Channel, person: Recipient, kind: NotificationType) -> ChannelForecast:
        if not kind.dispatched:
            return _not_sent(channel, Reason.MAILED_DIRECTLY)
        obstacle = _preference(channel, person, kind) or _unreachable(channel, person) or self._no_key(channel, person)
        if obstacle:
            return _not_sent(channel, obstacle, _suppression(person) if obstacle == Reason.SUPPRESSED else "")
        chosen = channel.key in overrides(person.preferences, kind.key)
        rule = "preference_on" if chosen else "default_on"
        why = "the person has switched it on" if chosen else "on by default"
        return ChannelForecast(channel.key, sent=True, rule=rule, explanation=f"{why}; {self._how(channel, person)}")

    def _no_key(self, channel: Channel, person: Recipient) -> str | None:
        """Return the reason code if deliveries are skipped for want of a key, else None.

        With devices that is so only if none of the person's platforms has a key.
        """
        missing = self._missing(channel)
        if not channel.by_device:
            return next((each.otherwise for each in missing if not each.replaced), None)
        if set(person.devices) - {each.platform for each in missing}:
            return None
        return next(each.otherwise for each in missing if each.platform in person.devices)

    def _missing(self, channel: Channel) -> list[Credential]:
        """Return the credentials that are not configured."""
        return [each for each in channel.credentials if not each.given_by(self.configured())]

    def _how(self, channel: Channel, person: Recipient) -> str:
        missing = [each for each in self._missing(channel) if each.platform is None or each.platform in person.devices]
        left_out = [reasons.explain(each.otherwise).meaning for each in missing]
        return "; ".join([_way(channel, person, {each.platform for each in missing}), *left_out])


def _way(channel: Channel, person: Recipient, without_key: Collection[str | None]) -> str:
    """Return in words where the notification goes."""
    if not channel.queued:
        return "shown in the inbox"
    if channel.by_device:
        devices = sorted(person.devices.items())
        return "pushed to " + " and ".join(f"{number} {name}" for name, number in devices if name not in without_key)
    return f"to {person.email}" if channel.by_address else f"over {channel.label}"


def _preference(channel: Channel, person: Recipient, kind: NotificationType) -> Reason | None:
    if channel.key not in kind.channels:
        return Reason.NOT_OFFERED
    chosen = overrides(person.preferences, kind.key).get(channel.key)
    if chosen is None:
        return None if channel.key in kind.default_on else Reason.DEFAULT_OFF
    return None if chosen else Reason.PREFERENCE_OFF


def _unreachable(channel: Channel, person: Recipient) -> Reason | None:
    if channel.by_address and not person.email:
        return Reason.NO_ADDRESS
    if channel.by_address and person.suppressed_for:
        return Reason.SUPPRESSED
    return Reason.NO_DEVICE if channel.by_device and not person.devices else None


def _suppression(person: Recipient) -> str:
    since = f"{person.suppressed_at:%Y-%m-%d %H:%M} UTC" if person.suppressed_at else "unknown"
    return f" ({person.suppressed_for}, since {since})"


def _not_sent(channel: Channel, code: str, detail: str = "") -> ChannelForecast:
    return ChannelForecast(channel.key, sent=False, rule=code, explanation=reasons.explain(code).meaning + detail)
