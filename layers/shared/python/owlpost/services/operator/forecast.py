"""Forecast what each channel would do with a notification for a person now, and which rule decides."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from owlpost.db.operator.holds import OpenHold
from owlpost.db.operator.recipient import Recipient
from owlpost.domain import explanations
from owlpost.domain.channel import Channel, Credential
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.explained_code import NOTHING
from owlpost.domain.judgement import Facts, Held, Never, Wait, judge_new
from owlpost.domain.moments import QuietHours, moment
from owlpost.domain.preferences import child, decide, unread_wait
from owlpost.domain.reasons import Reason
from owlpost.domain.types import NotificationType
from owlpost.domain.value import dataclass
from owlpost.services.operator import destinations
from owlpost.services.operator.decision import SWITCHED_ON
from owlpost.services.operator.rooms_forecast import stops


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

    def of(
        self,
        person: Recipient,
        kind: NotificationType,
        *,
        holds: Sequence[OpenHold],
        at: datetime,
        braked: bool = False,
        team_id: UUID | None = None,
    ) -> list[ChannelForecast]:
        """Return one forecast for each channel, in the order of the registry: for an event of no project.

        Nobody knows its producer or request, and its team only if `team_id` names it.
        """
        held = {key for key in NOTIFICATION_CHANNELS if any(stops(hold, key, kind, team_id) for hold in holds)}
        return [
            self._forecast(
                channel, person, kind, _facts(channel, person, kind, at, held=channel.key in held, braked=braked)
            )
            for channel in NOTIFICATION_CHANNELS.values()
        ]

    def _forecast(self, channel: Channel, person: Recipient, kind: NotificationType, facts: Facts) -> ChannelForecast:
        if not kind.dispatched:
            return _not_sent(channel, Reason.MAILED_DIRECTLY)
        if channel.key not in kind.channels:
            return _not_sent(channel, Reason.NOT_OFFERED)
        match judge_new(facts):
            case Never(rule=rule):
                return _not_sent(channel, rule, _suppression(person) if rule == Reason.SUPPRESSED else "")
            case Held(rule=rule):
                return _not_sent(channel, rule)
            case Wait(until=until, rule=rule):
                why = f"{rule.meaning}; it waits until {until:%Y-%m-%d %H:%M:%S} UTC"
                return ChannelForecast(channel.key, sent=True, rule=rule, explanation=why)
        return self._sent(channel, person, kind)

    def _sent(self, channel: Channel, person: Recipient, kind: NotificationType) -> ChannelForecast:
        no_device = Reason.NO_DEVICE if channel.by_device and not person.devices else None
        if channel.by_destination and (closed := destinations.obstacle(channel.key, person)):
            return _not_sent(channel, closed, destinations.told_of(channel.key, person))
        if obstacle := no_device or self._no_key(channel, person):
            return _not_sent(channel, obstacle)
        rule = decide(person.preferences, kind, channel.key).rule
        why = f"{SWITCHED_ON[rule]}; {self._how(channel, person)}"
        return ChannelForecast(channel.key, sent=True, rule=rule, explanation=why)

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
        left_out = [explanations.explain(each.otherwise).meaning for each in missing]
        return "; ".join([_way(channel, person, {each.platform for each in missing}), *left_out])


def _way(channel: Channel, person: Recipient, without_key: Collection[str | None]) -> str:
    """Return in words where the notification goes."""
    if not channel.queued:
        return "shown in the inbox"
    if channel.by_device:
        devices = sorted(person.devices.items())
        return "pushed to " + " and ".join(f"{number} {name}" for name, number in devices if name not in without_key)
    if channel.by_destination:
        return "to " + destinations.where(channel.key, person)
    return f"to {person.email}" if channel.by_address else f"over {channel.label}"


def _facts(
    channel: Channel,
    person: Recipient,
    kind: NotificationType,
    at: datetime,
    *,
    held: bool,
    braked: bool,
) -> Facts:
    decision = decide(person.preferences, kind, channel.key)
    off = None if decision.on else next(each for each in Reason if each == decision.rule)
    if not channel.queued:
        return Facts(at=at, switched_off=off)
    said = child(person.preferences, "notifications")
    quiet = QuietHours.read(child(said, "quiet_hours"))
    in_app = decide(person.preferences, kind, "in_app").on
    wait = unread_wait(said, kind) if channel.by_address and in_app else timedelta()
    return Facts(
        at=at,
        held=held,
        no_address=channel.by_address and not person.email,
        suppressed=channel.by_address and bool(person.suppressed_for),
        not_a_guest=not (person.is_guest or (channel.by_device and person.guest_device)),
        switched_off=off,
        mandatory=kind.mandatory,
        braked=braked,
        paused_until=moment(child(said, "paused_until")),
        quiet_until=quiet.until(at) if quiet else None,
        unread_until=at + wait,
    )


def _suppression(person: Recipient) -> str:
    since = f"{person.suppressed_at:%Y-%m-%d %H:%M} UTC" if person.suppressed_at else "unknown"
    return f" ({person.suppressed_for}, since {since})"


def _not_sent(channel: Channel, code: str, detail: str = "") -> ChannelForecast:
    """Return the forecast with the reason's meaning, and its remedy where there is something to do."""
    reason = explanations.explain(code)
    remedy = "" if reason.remedy == NOTHING else f". {reason.remedy}"
    return ChannelForecast(channel.key, sent=False, rule=code, explanation=f"{reason.meaning}{detail}{remedy}")
