"""The work of each part of the topology for a month's notifications. Pure."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from infra.cost.assumptions import HOURS, Assumptions
from infra.schedule_expression import next_after
from infra.topology.model import EventSource, Topology
from owlpost.domain.channels import DESTINATION_CHANNELS

#: The most entries of one call to SQS.
SQS_BATCH = 10
#: Minutes after which a page pings, and after which API Gateway closes a connection; see `static/line.js`.
PING_MINUTES, LINE_MINUTES = 4, 120
#: In a month.
DAYS = 30.4
#: The function that a request without a route goes to.
API = "api"
A_DAY = datetime(2026, 11, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Runs:
    """Invocations of a function a month, and messages (or recipients) per invocation."""

    times: float
    messages: float = 0


@dataclass(frozen=True, slots=True)
class Traffic:
    notifications: float
    requests: float
    #: By queue, retries included.
    deliveries: Mapping[str, float]
    api_requests: float
    runs: Mapping[str, Runs]
    visits: float
    #: Of all lines together, a month.
    line_minutes: float = 0
    line_messages: float = 0

    @property
    def invocations(self) -> float:
        return sum(each.times for each in self.runs.values())


def traffic(topology: Topology, assumed: Assumptions, notifications: float) -> Traffic:
    requests = notifications / assumed.people_per_request
    sources = channel_sources(topology)
    deliveries = {each.queue: notifications * _share(each, assumed) * (1 + assumed.retries) for each in sources}
    asked = {API: notifications * assumed.api_requests, **_routed(topology, assumed, notifications, deliveries)}
    minutes = assumed.open_pages * assumed.busy_hours * 60 if topology.lines else 0
    nudges = notifications * assumed.watched if topology.lines else 0
    comings = 2 * minutes / LINE_MINUTES
    runs = {
        "enqueue": Runs(requests, assumed.people_per_request),
        **{each.function: _worker(each, assumed, deliveries[each.queue], requests) for each in sources},
        **{name: Runs(times) for name, times in asked.items()},
        **{name: Runs(times) for name, times in scheduled(topology).items()},
        **({topology.lines.function: Runs(comings + nudges)} if topology.lines else {}),
    }
    return Traffic(
        notifications,
        requests,
        deliveries,
        sum(asked.values()),
        runs,
        notifications * assumed.visits,
        line_minutes=minutes,
        line_messages=nudges + 2 * minutes / PING_MINUTES,
    )


def scheduled(topology: Topology) -> dict[str, float]:
    """Return the invocations a month by function. A function may have several schedules."""
    times: dict[str, float] = defaultdict(float)
    for each in topology.schedules:
        times[each.function] += DAYS * len(fires(each.expression))
    return times


def channel_sources(topology: Topology) -> tuple[EventSource, ...]:
    """Return the channels' queues. Producers are assumed to invoke, so the requests queue has no traffic."""
    return tuple(each for each in topology.event_sources if each.function.startswith("deliver-"))


def _share(source: EventSource, assumed: Assumptions) -> float:
    return assumed.share_of_destinations if source.queue in DESTINATION_CHANNELS else assumed.share_of_channel


def fires(expression: str) -> list[datetime]:
    """Return the times of one day at which a schedule fires."""
    found, moment = [], A_DAY - timedelta(seconds=1)
    while (moment := next_after(expression, moment)) < A_DAY + timedelta(days=1):
        found.append(moment)
    return found


def receives(assumed: Assumptions, deliveries: float, invocations: float) -> float:
    """Return Lambda's calls to SQS: receives and deletes of ten messages each, and empty polls."""
    found = 2 * invocations * math.ceil(max(1.0, deliveries / invocations if invocations else 0) / SQS_BATCH)
    return found + assumed.pollers * HOURS * 3600 / assumed.poll_seconds


def _worker(source: EventSource, assumed: Assumptions, deliveries: float, requests: float) -> Runs:
    """Return the size of batches: a request's messages split over the pollers, or the arrivals within the window."""
    if not deliveries:
        return Runs(0)
    a_second = deliveries / (assumed.busy_hours * 3600)
    filled = max(deliveries / requests / assumed.split, a_second * (source.window or 1) / assumed.split)
    messages = min(float(source.batch_size), max(1.0, filled))
    return Runs(deliveries / messages, messages)


def _routed(
    topology: Topology, assumed: Assumptions, notifications: float, deliveries: Mapping[str, float]
) -> dict[str, float]:
    functions = {route.function for route in topology.routes}
    wanted = {
        "dashboard": notifications * assumed.pages,
        "provider_events": deliveries.get("email", 0) * assumed.webhooks,
    }
    return {name: wanted.get(name, 0) for name in functions}
