"""Times and quiet hours in a person's preferences. What is not exactly right counts as not said: the column is the host's.

The functions `owlpost_moment` and `owlpost_quiet_until` of the database return the same for any JSON value.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from owlpost.domain.value import dataclass

_DAY = timedelta(days=1)
_MOMENT = re.compile(
    r"[12]\d{3}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):[0-5]\d)", re.ASCII
)
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
#: Names of the IANA database that are a place, and UTC. Others, such as `EST`, do not mean the same everywhere.
_ZONE = re.compile(r"UTC|[A-Z][A-Za-z_]*(/[A-Z][A-Za-z_]*(-[A-Za-z_]+)*)+", re.ASCII)


def moment(value: object) -> datetime | None:
    """Return the time that an ISO 8601 text with its offset says, such as `2026-11-28T09:00:00Z`; None for any other value."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def zone_of(value: object) -> ZoneInfo | None:
    """Return the time zone with this name of the IANA database; None for any other value."""
    if not isinstance(value, str) or not _ZONE.fullmatch(value):
        return None
    try:
        return _zone(value)
    except (LookupError, ValueError, OSError):
        return None


def package_zones() -> dict[str, ZoneInfo]:
    """Return all time zones that a person may choose, by name. Reads some five hundred files."""
    listed = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {name: _zone(name) for name in listed if _ZONE.fullmatch(name)}


@cache
def _zone(name: str) -> ZoneInfo:
    """Read the zone from the package `tzdata`: a machine's own data may be years older than the database's."""
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` of the person's own clock, over midnight if `end` is the earlier one.

    `days` are the days of the week on which they begin, 1 for Monday to 7.
    """

    start: time
    end: time
    days: frozenset[int]
    zone: ZoneInfo

    @classmethod
    def read(cls, value: object) -> "QuietHours | None":
        """Return the quiet hours in a JSON value; None if it holds none. Without `days` they are on every day."""
        if not isinstance(value, Mapping):
            return None
        start, end, zone = _clock(value.get("start")), _clock(value.get("end")), zone_of(value.get("time_zone"))
        days = _days(value.get("days"))
        if start is None or end is None or zone is None or days is None or start == end:
            return None
        return cls(start, end, days, zone)

    def until(self, at: datetime) -> datetime | None:
        """Return when the quiet hours end that `at` is in; None outside of them."""
        today = at.astimezone(self.zone).date()
        ends = [self._end(day) for day in (today - _DAY, today) if self._begins_on(day) and self._holds(day, at)]
        return max(ends, default=None)

    def _begins_on(self, day: date) -> bool:
        return day.isoweekday() in self.days

    def _holds(self, day: date, at: datetime) -> bool:
        return _later(day, self.start, self.zone) <= at < self._end(day)

    def _end(self, day: date) -> datetime:
        return _later(day if self.end > self.start else day + _DAY, self.end, self.zone)


def _later(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment of a wall-clock time. One that occurs twice is its second; one that is skipped falls after the gap.

    Postgres reads a time `at time zone` in the same way: the earlier offset in a gap, the later one where clocks go back.
    """
    local = datetime.combine(day, clock, tzinfo=zone)
    return max(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _clock(value: object) -> time | None:
    return time.fromisoformat(value) if isinstance(value, str) and _CLOCK.fullmatch(value) else None


def _days(value: object) -> frozenset[int] | None:
    """Return the days; every day if nothing is said, None if it is said wrongly."""
    if value is None:
        return frozenset(range(1, 8))
    if not isinstance(value, list):
        return None
    return frozenset(day for day in range(1, 8) if any(_is_number(each) and each == day for each in value))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
