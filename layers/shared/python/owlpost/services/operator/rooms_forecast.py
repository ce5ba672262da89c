"""Forecast which of a team's rooms would be told of a type now, and which rule decides about each."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import field
from datetime import datetime
from uuid import UUID

from owlpost.db.operator.destinations import DestinationRecord, TeamFound
from owlpost.db.operator.holds import OpenHold
from owlpost.domain import explanations
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.destinations import ROOM_ON, DestinationState
from owlpost.domain.explained_code import NOTHING
from owlpost.domain.reasons import Reason
from owlpost.domain.types import NotificationType
from owlpost.domain.value import dataclass
from owlpost.services.operator.decision import SWITCHED_ON
from owlpost.services.operator.destinations import CLOSED
from owlpost.services.operator.moments import moment

#: Which requests tell rooms at all: see `EnqueueRequest.tells_rooms`.
AUDIENCE = (
    "Rooms are told with a request to the whole team: one that names roles, leaves people out, names people by their ids"
    " or is about another team tells none."
)
#: What to do about a room that is closed.
REMEDIES = {
    DestinationState.UNVERIFIED: "no test has reached it yet. Have an admin of the team test it.",
    DestinationState.OFF: "it is switched off{fault}. Have an admin of the team switch it on again.",
    DestinationState.DEAD: "it is dead{fault}. Have an admin of the team test it; owlpost revive {id} does so without a test.",
}


@dataclass(frozen=True, slots=True)
class RoomForecast:
    """`rule` is the code of the rule that decides, `explanation` its meaning in words."""

    id: UUID
    label: str
    channel: str
    sent: bool
    rule: str
    explanation: str


@dataclass(frozen=True, slots=True)
class TeamForecast:
    """`role` is the one that the person has in the team; None for no member, and where nobody is asked about."""

    team: TeamFound
    role: str | None
    rooms: list[RoomForecast]
    audience: str = AUDIENCE


@dataclass(frozen=True, slots=True)
class RoomsForecast:
    """What decides about all rooms: open holds, the guest list of staging, and the variables that are set."""

    team: TeamFound
    holds: Sequence[OpenHold]
    has_guest_list: bool
    configured: Callable[[], Collection[str]] = field(default=frozenset)

    def of(self, rooms: Sequence[DestinationRecord], kind: NotificationType) -> list[RoomForecast]:
        """Return one forecast for each room."""
        return [self._forecast(room, kind) for room in rooms]

    def _forecast(self, room: DestinationRecord, kind: NotificationType) -> RoomForecast:
        rule = self._obstacle(room, kind)
        sent = rule is None
        why = _why(room, rule) if rule else f"{SWITCHED_ON[ROOM_ON]}; to {room.label}"
        return RoomForecast(room.id, room.label, room.channel, sent, rule or ROOM_ON, why)

    def _obstacle(self, room: DestinationRecord, kind: NotificationType) -> str | None:
        """Return the first rule that keeps it from being told, in the order in which they are asked."""
        if not kind.dispatched:
            return Reason.MAILED_DIRECTLY
        if not kind.for_rooms:
            return Reason.NOT_FOR_ROOMS
        if room.channel not in NOTIFICATION_CHANNELS:
            return Reason.CHANNEL_NOT_HERE
        if room.state != DestinationState.LIVE:
            return CLOSED[DestinationState(room.state)]
        if room.types is not None and kind.key not in room.types:
            return Reason.TYPE_NOT_CHOSEN
        if any(stops(hold, room.channel, kind, self.team.id) for hold in self.holds):
            return Reason.HELD
        return Reason.NOT_ON_GUEST_LIST if self.has_guest_list else self._no_key(room)

    def _no_key(self, room: DestinationRecord) -> str | None:
        """Return the code of a credential that is missing. A URL that carries its own secret needs none."""
        channel = NOTIFICATION_CHANNELS[room.channel]
        known = channel.connect.kind(room.kind) if channel.connect else None
        if known and known.asks and known.asks.form == "url":
            return None
        return next((each.otherwise for each in channel.credentials if not each.given_by(self.configured())), None)


def stops(hold: OpenHold, channel: str, kind: NotificationType, team_id: UUID | None) -> bool:
    """Whether the hold stops the type on the channel whoever sends it: nobody knows the producer or the request."""
    narrow = hold.producer or hold.request_id or hold.team_id not in {None, team_id}
    return not narrow and hold.channel in {None, channel} and hold.type in {None, kind.key}


def _why(room: DestinationRecord, rule: str) -> str:
    if room.state != DestinationState.LIVE and rule == CLOSED[DestinationState(room.state)]:
        since = room.dead_at or room.last_error_at
        fault = f", as {explanations.explain(room.last_error).meaning} ({room.last_error})" if room.last_error else ""
        return REMEDIES[DestinationState(room.state)].format(id=room.id, fault=fault + _since(since))
    reason = explanations.explain(rule)
    told = f" ({', '.join(room.types)})" if rule == Reason.TYPE_NOT_CHOSEN and room.types else ""
    remedy = "" if reason.remedy == NOTHING else f". {reason.remedy}"
    return f"{reason.meaning}{told}{remedy}"


def _since(at: datetime | None) -> str:
    return f", since {moment(at)}" if at else ""
