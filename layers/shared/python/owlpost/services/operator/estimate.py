"""Estimate whom a request would reach, and how long that takes, before it is sent."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from owlpost.db.operator import estimate, overview
from owlpost.db.operator.estimate import SENT
from owlpost.db.operator.overview import ChannelLoad
from owlpost.db.operator.selection import first_id
from owlpost.db.session import Database
from owlpost.domain.brake import Brake
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.hand_commands import EstimateRequest
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.reasons import Reason
from owlpost.domain.requests import ByTeam, EnqueueRequest
from owlpost.domain.types import dispatched_type
from owlpost.domain.value import dataclass
from owlpost.producers import happenings
from owlpost.producers.happenings import Happened
from owlpost.services.operator.overview import HOUR, RATE_SECONDS


@dataclass(frozen=True, slots=True)
class ChannelEstimate:
    """`rules` counts people by the rule that decides; `sent` if nothing stops it.

    `out_in_seconds` is when all are out, after what is due already, at the rate of the last minutes; None without a rate.
    """

    channel: str
    sent: int
    rules: dict[str, int]
    out_in_seconds: float | None


@dataclass(frozen=True, slots=True)
class Estimated:
    """`people` counts each person once for each request. `unknown` ids are nobody's. `braked`: the brake would hold it."""

    requests: int
    people: int
    unknown: int
    braked: bool
    channels: list[ChannelEstimate]


@dataclass(frozen=True, slots=True)
class Estimate:
    database: Database
    brake: Brake

    def of(self, command: EstimateRequest) -> Estimated:
        """Return what the request or the fact would do now. Raises InvalidRequest naming the field; writes nothing."""
        requests = _requests(command.request)
        rules: defaultdict[str, Counter[str]] = defaultdict(Counter)
        people = unknown = 0
        with self.database.transaction() as connection:
            braked = any(self._is_braked(connection, request) for request in requests)
            for request in requests:
                told = self._count(connection, request, rules)
                people += told
                asked = told if isinstance(request.recipients, ByTeam) else len(request.recipients.distinct)
                unknown += asked - told
            at = overview.database_time(connection)
            loads = {each.channel: each for each in overview.loads(connection, first_id=str(first_id(at - HOUR)))}
        channels = [_channel(key, counts, loads.get(key), braked=braked) for key, counts in rules.items()]
        return Estimated(len(requests), people, unknown, braked, channels)

    def _count(self, connection: Connection, request: EnqueueRequest, rules: Mapping[str, Counter[str]]) -> int:
        kind = dispatched_type(request.type)
        reached = estimate.reached(connection, request, kind, per_person=self.brake.per_person)
        for each in reached:
            rules[each.channel][each.rule] += each.people
        return reached[0].audience if reached else 0

    def _is_braked(self, connection: Connection, request: EnqueueRequest) -> bool:
        limit = self.brake.per_producer
        if limit is None:
            return False
        recent = estimate.recent_requests(connection, request.producer, limit=limit)
        return self.brake.stops_producer(recent, mandatory=dispatched_type(request.type).mandatory)


def _requests(body: Mapping[str, object]) -> Sequence[EnqueueRequest]:
    if kind_of(body) is not MessageKind.FACT:
        return [EnqueueRequest.from_json(body)]
    announcement = happenings.announce(Happened.from_json(body))
    if not announcement.requests:
        raise InvalidRequest("fact", "tells nobody of anything")
    return announcement.requests


def _channel(key: str, counts: Counter[str], load: ChannelLoad | None, *, braked: bool) -> ChannelEstimate:
    rules = dict(counts)
    queued = NOTIFICATION_CHANNELS[key].queued
    if braked and queued and SENT in rules:
        rules[Reason.HELD] = rules.get(Reason.HELD, 0) + rules.pop(SENT)
    sent = rules.get(SENT, 0)
    rate = load.sent_lately / RATE_SECONDS if load else 0.0
    seconds = round((sent + (load.due if load else 0)) / rate, 1) if rate and sent else None
    return ChannelEstimate(key, sent, rules, 0.0 if sent and not queued else seconds)
