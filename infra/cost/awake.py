"""Hours a month that the database is awake. Schedules, requests and visits wake it, and each keeps it awake for a while."""

import math
from datetime import datetime, timedelta

from infra.cost.assumptions import HOURS, Assumptions
from infra.cost.traffic import A_DAY, Traffic, fires
from infra.topology.model import Topology


def awake_hours(
    topology: Topology,
    assumed: Assumptions,
    traffic: Traffic,
    *,
    gated: tuple[str, ...],
    pauses: bool,
    pause_after_minutes: float,
) -> float:
    """Return the hours of a month; all of them if the database does not pause.

    In busy hours people and producers come at random, and a sweep follows each producer after ten minutes. In other hours only
    schedules come. Each of them keeps the database awake until its session has ended and the time to pause has passed.
    """
    if not pauses:
        return HOURS
    held = timedelta(minutes=assumed.session_minutes + pause_after_minutes)
    by_schedule = _share_of_day([moment for each in _waking(topology, gated) for moment in fires(each)], held)
    arrivals = (2 * traffic.requests + traffic.visits) / assumed.busy_hours
    nobody_comes = math.exp(-arrivals * held / timedelta(hours=1))
    busy = 1 - (1 - by_schedule) * nobody_comes
    return assumed.busy_hours * busy + (HOURS - assumed.busy_hours) * by_schedule


def _waking(topology: Topology, gated: tuple[str, ...]) -> list[str]:
    return [
        schedule.expression
        for schedule in topology.schedules
        if topology.function(schedule.function).database and schedule.name not in gated
    ]


def _share_of_day(moments: list[datetime], held: timedelta) -> float:
    """Return the share of a day that the stretches from these moments cover together."""
    covered, until = timedelta(), A_DAY
    for moment in sorted(moments):
        end = min(moment + held, A_DAY + timedelta(days=1))
        covered += max(timedelta(), end - max(moment, until))
        until = max(until, end)
    return covered / timedelta(days=1)
