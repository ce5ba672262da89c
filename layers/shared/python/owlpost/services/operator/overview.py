"""Show at one look how Owlpost is, and what somebody has to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from owlpost.db.operator import holds, overview
from owlpost.db.operator.holds import OpenHold
from owlpost.db.operator.overview import ChannelLoad, Pause, StatusCount
from owlpost.db.operator.selection import first_id
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.queue_names import is_dead_letter
from owlpost.domain.reasons import explain
from owlpost.queue import Queues

#: `sent_lately` of a load covers this time.
RATE_SECONDS = 600
#: A function's clock may differ from the database's by this much.
SKEW_SECONDS = 5.0
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A channel's load. `out_in_seconds` is when all due deliveries are out at the rate of now; None without a rate."""

    load: ChannelLoad
    rate: float
    out_in_seconds: float | None


@dataclass(frozen=True, slots=True)
class Overview:
    """`attention` holds a sentence for each thing that somebody has to do; empty if all is well."""

    at: datetime
    channels: list[Outlook]
    statuses: list[StatusCount]
    queues: dict[str, int]
    dead_letters: dict[str, int]
    pauses: list[Pause]
    holds: list[OpenHold]
    clock_skew_seconds: float
    attention: list[str]


@dataclass(frozen=True, slots=True)
class Now:
    database: Database
    queues: Queues
    now: Clock

    def look(self) -> Overview:
        """Return the overview of this moment."""
        with self.database.transaction() as connection:
            at, ours = overview.database_time(connection), self.now()
            oldest = str(first_id(at - HOUR))
            statuses = overview.count_by_status(connection, first_id=oldest)
            loads = overview.loads(connection, first_id=oldest)
            pauses = overview.open_pauses(connection)
            open_holds = holds.listed(connection)
        depths = {name: self.queues.depth(name) for name in sorted(self.queues.urls)}
        dead = {name: depth for name, depth in depths.items() if is_dead_letter(name)}
        skew = round((ours - at).total_seconds(), 1)
        attention = [*_dead_letters(dead), *map(_pause, pauses), *_overdue(loads), *_clock(skew)]
        return Overview(
            at=at,
            channels=[_outlook(load) for load in loads],
            statuses=statuses,
            queues={name: depth for name, depth in depths.items() if name not in dead},
            dead_letters=dead,
            pauses=pauses,
            holds=open_holds,
            clock_skew_seconds=skew,
            attention=attention,
        )


def _outlook(load: ChannelLoad) -> Outlook:
    rate = load.sent_lately / RATE_SECONDS
    waiting = load.due
    return Outlook(load, round(rate, 2), round(waiting / rate, 1) if rate and waiting else None)


def _dead_letters(depths: dict[str, int]) -> Iterator[str]:
    for name, depth in depths.items():
        if depth:
            yield f"About {depth} dead letters in {name}: owlpost dead-letters {name.removesuffix('-dlq')}."


def _pause(pause: Pause) -> str:
    reason = explain(pause.reason)
    since = f"{pause.opened_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{pause.channel} waits for {pause.provider} since {since}: {reason.meaning}. {reason.remedy}"


def _clock(skew: float) -> Iterator[str]:
    if abs(skew) > SKEW_SECONDS:
        yield f"This function's clock differs from the database's by {skew} s."


def _overdue(loads: Sequence[ChannelLoad]) -> Iterator[str]:
    for load in loads:
        if load.overdue:
            yield f"{load.overdue} deliveries of {load.channel} should have ended an hour ago: owlpost audit names them."
