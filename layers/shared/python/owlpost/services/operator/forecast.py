"""What would happen on each channel if a person were told something now, and which rule decides it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from owlpost.db.operator.recipient import Person
from owlpost.domain import reasons
from owlpost.domain.channels import NOTIFICATION_CHANNELS, Channel
from owlpost.domain.preferences import overrides
from owlpost.domain.types import NOTIFICATION_TYPE_META, NotificationType


@dataclass(frozen=True, slots=True)
class ChannelForecast:
    """`rule` is the code of the rule that decides; `explanation` says it in words."""

    channel: str
    sent: bool
    rule: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """`configured` are the names of the environment variables that are set, by which providers are known to have a key."""

    configured: Collection[str]

    def of(self, person: Person | None, type_key: str) -> list[ChannelForecast]:
        """One forecast for each channel, in registry order."""
        kind = NOTIFICATION_TYPE_META.get(type_key)
        if person is None or kind is None or not kind.dispatched:
            return [_refused(channel, _nowhere(person, kind)) for channel in NOTIFICATION_CHANNELS.values()]
        return [self._forecast(channel, person, kind) for channel in NOTIFICATION_CHANNELS.values()]

    def _forecast(self, channel: Channel, person: Person, kind: NotificationType) -> ChannelForecast:
        obstacle = _preference(channel, person, kind) or _unreachable(channel, person) or self._no_key(channel, person)
        if obstacle:
            return _refused(channel, obstacle, _suppression(person) if obstacle == "suppressed" else "")
        chosen = channel.key in overrides(person.preferences, kind.key)
        rule = "preference_on" if chosen else "default_on"
        why = "the person has switched it on" if chosen else "on by default"
        return ChannelForecast(channel.key, sent=True, rule=rule, explanation=f"{why}; {self._how(channel, person)}")

    def _no_key(self, channel: Channel, person: Person) -> str | None:
        """Why no provider takes it: of a channel for devices, none of the person's platforms has a key."""
        missing = list(self._missing(channel))
        if not channel.by_device:
            return None
        reached = set(person.devices) - {platform for platform, _ in missing}
        return None if reached else next(code for platform, code in missing if platform in person.devices)

    def _missing(self, channel: Channel) -> Iterator[tuple[str | None, str]]:
        for credential in channel.credentials:
            if not set(credential.variables) <= set(self.configured):
                yield credential.platform, credential.otherwise

    def _how(self, channel: Channel, person: Person) -> str:
        missing = dict(self._missing(channel))
        if channel.by_device:
            told = [
                f"{number} {platform}" for platform, number in sorted(person.devices.items()) if platform not in missing
            ]
            left_out = [
                reasons.explain(missing[platform]).meaning for platform in sorted(person.devices) if platform in missing
            ]
            return "; ".join([f"pushed to {' and '.join(told)}", *left_out])
        notes = [reasons.explain(code).meaning for code in missing.values()]
        return "; ".join([f"to {person.email}" if channel.by_address else "shown in the inbox", *notes])


def _nowhere(person: Person | None, kind: NotificationType | None) -> str:
    if person is None:
        return "unknown_user"
    return "unknown_type" if kind is None else "mailed_directly"


def _preference(channel: Channel, person: Person, kind: NotificationType) -> str | None:
    if channel.key not in kind.channels:
        return "not_offered"
    chosen = overrides(person.preferences, kind.key).get(channel.key)
    if chosen is None:
        return None if channel.key in kind.default_on else "default_off"
    return None if chosen else "preference_off"


def _unreachable(channel: Channel, person: Person) -> str | None:
    if channel.by_address and not person.email:
        return "no_address"
    if channel.by_address and person.suppressed_for:
        return "suppressed"
    return "no_device" if channel.by_device and not person.devices else None


def _suppression(person: Person) -> str:
    since = f"{person.suppressed_at:%Y-%m-%d %H:%M} UTC" if person.suppressed_at else "unknown"
    return f" ({person.suppressed_for}, since {since})"


def _refused(channel: Channel, code: str, detail: str = "") -> ChannelForecast:
    return ChannelForecast(channel.key, sent=False, rule=code, explanation=reasons.explain(code).meaning + detail)
