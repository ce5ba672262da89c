"""Show at one look how Owlpost is, and what somebody has to do about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from owlpost.db import canary
from owlpost.db.clock import skew
from owlpost.db.operator import holds, overview, rates, signs, versions
from owlpost.db.operator.holds import OpenHold
from owlpost.db.operator.overview import ChannelLoad, Pause, StatusCount
from owlpost.db.operator.rates import Rate
from owlpost.db.operator.selection import first_id
from owlpost.db.operator.signs import Suppressed, Troubled, UnderWay
from owlpost.db.operator.versions import Versions
from owlpost.db.session import Database
from owlpost.domain.canary import Rules, Sight, sight
from owlpost.domain.clock import Clock
from owlpost.domain.queue_names import is_dead_letter
from owlpost.domain.value import dataclass
from owlpost.queue import Queues
from owlpost.services.operator import attention
from owlpost.services.operator.installation import brakes, schema

#: `sent_lately` and `sent_just_now` of a load cover these times.
RATE_SECONDS, BURST_SECONDS = 600, 60
HOUR = timedelta(hours=1)
#: As long as canaries are kept, or nearly: a cleanup comes once a day.
CANARIES_SEEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A channel's load. `rate` is that of the last minute or of the last ten, whichever is higher, in deliveries a second.

    All due deliveries are out in `out_in_seconds`, at `out_by`, at this rate; None without one.
    """

    load: ChannelLoad
    rate: float
    out_in_seconds: float | None
    out_by: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """`attention` holds a sentence for each thing that somebody has to do; empty if all is well.

    `under_way` are the requests with the most pending deliveries: `owlpost recall ID` takes one of them back.
    """

    at: datetime
    channels: list[Outlook]
    statuses: list[StatusCount]
    queues: dict[str, int]
    dead_letters: dict[str, int]
    pauses: list[Pause]
    holds: list[OpenHold]
    under_way: list[UnderWay]
    #: Who gets no mail since the last hour.
    suppressed: list[Suppressed]
    versions: Versions
    clock_skew_seconds: float
    #: By channel; empty unless the installation has a canary.
    canary: list[Sight]
    attention: list[str]


@dataclass(frozen=True, slots=True)
class CanaryWatch:
    """The channels that have a canary, and what it is to come through."""

    channels: tuple[str, ...]
    rules: Rules


@dataclass(frozen=True, slots=True)
class Now:
    database: Database
    queues: Queues
    now: Clock
    canary: CanaryWatch | None = None

    def look(self) -> Overview:
        """Return the overview of this moment."""
        asked_at = self.now()
        with self.database.transaction() as connection:
            at = overview.database_time(connection)
            ahead = skew(asked_at=asked_at, said=at, answered_at=self.now()).total_seconds()
            oldest = str(first_id(at - HOUR))
            statuses = overview.count_by_status(connection, first_id=oldest)
            loads = overview.loads(connection, first_id=oldest)
            pauses = overview.open_pauses(connection)
            open_holds = holds.listed(connection)
            found = versions.find(connection)
            seen = signs.read(connection, first_id=oldest)
            canaries = self._canaries(connection, at)
        depths = {name: self.queues.depth(name) for name in sorted(self.queues.urls)}
        dead = {name: depth for name, depth in depths.items() if is_dead_letter(name)}
        outlooks = [_outlook(load, at) for load in loads]
        return Overview(
            at=at,
            channels=outlooks,
            statuses=statuses,
            queues={name: depth for name, depth in depths.items() if name not in dead},
            dead_letters=dead,
            pauses=pauses,
            holds=open_holds,
            under_way=seen.under_way,
            suppressed=seen.suppressed,
            versions=found,
            clock_skew_seconds=round(ahead, 1),
            canary=canaries,
            attention=[
                *attention.canary(canaries),
                *attention.dead_letters(dead),
                *map(attention.pause, pauses),
                *attention.storms(seen.storms),
                *attention.failures(statuses),
                *attention.repeated(seen.troubled, {pause.channel for pause in pauses}),
                *attention.untaken(seen.troubled, self._emptied(seen.troubled), at),
                *attention.overdue(loads),
                *attention.backlog([(each.load, each.out_in_seconds) for each in outlooks], at),
                *attention.bounces(seen.bounces, open_holds),
                *attention.forgotten(open_holds, at),
                *brakes(open_holds),
                *schema(found),
                *attention.clock(round(ahead, 1)),
            ],
        )

    def _canaries(self, connection: Connection, at: datetime) -> list[Sight]:
        if self.canary is None:
            return []
        flights = canary.flights(connection, since=at - CANARIES_SEEN)
        return [sight(channel, flights, self.canary.rules, at) for channel in self.canary.channels]

    def rates(self) -> list[Rate]:
        """Return what ended in each minute of the last hour."""
        with self.database.transaction() as connection:
            at = overview.database_time(connection)
            return rates.by_minute(connection, first_id=str(first_id(at - HOUR)))

    def _emptied(self, troubled: Sequence[Troubled]) -> list[str]:
        """Return the channels whose queue holds nothing though deliveries are due. Queues that are fine are not asked."""
        return [
            one.channel
            for one in troubled
            if one.untaken and not one.leased and one.channel in self.queues.urls and self.queues.is_empty(one.channel)
        ]


def _outlook(load: ChannelLoad, at: datetime) -> Outlook:
    rate = max(load.sent_lately / RATE_SECONDS, load.sent_just_now / BURST_SECONDS)
    seconds = round(load.due / rate, 1) if rate and load.due else None
    return Outlook(load, round(rate, 2), seconds, None if seconds is None else at + timedelta(seconds=seconds))
