"""EventBridge's schedule expressions: `rate(5 minutes)` and `cron(0 6 * * ? *)`, in UTC. Pure.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
LAST_YEAR = 2199


def next_after(expression: str, moment: datetime) -> datetime:
    """The first time after `moment` at which the schedule fires; a rate counts from `moment`.

    Raises ValueError for an expression that cannot be understood, or that will never fire again.
    """
    kind, _, rest = expression.partition("(")
    if kind == "rate" and rest.endswith(")"):
        return moment + _rate(rest[:-1])
    if kind == "cron" and rest.endswith(")"):
        return Cron.parse(rest[:-1]).next_after(moment.astimezone(UTC))
    raise ValueError(f"{expression!r} is neither rate(…) nor cron(…)")


def _rate(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", text)
    if match is None or (match[1] == "1") == bool(match[3]):
        raise ValueError(f"rate({text}): wants a number and minutes, hours or days; 1 minute, but 2 minutes")
    return int(match[1]) * UNITS[match[2]]


@dataclass(frozen=True, slots=True)
class Field:
    """One of the six places of a cron expression, and the numbers that its names stand for."""

    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        """The values that `text` allows: `*` or `?`, and lists of numbers, ranges and steps."""
        return frozenset(value for part in text.split(",") for value in self._part(part))

    def _part(self, part: str) -> range:
        span, slash, step = part.partition("/")
        start, dash, end = span.partition("-")
        if span in ("*", "?"):
            first, last = self.first, self.last
        else:
            first = self._value(start, part)
            last = self._value(end, part) if dash else self.last if slash else first
        if first > last or (slash and not (step.isdecimal() and int(step))):
            raise ValueError(f"{self.name}: {part!r} cannot be understood")
        return range(first, last + 1, int(step or 1))

    def _value(self, text: str, part: str) -> int:
        if text.upper() in self.names:
            return self.first + self.names.index(text.upper())
        if not (text.isascii() and text.isdecimal() and self.first <= int(text) <= self.last):
            raise ValueError(f"{self.name}: {part!r} is not between {self.first} and {self.last}")
        return int(text)


FIELDS = (
    Field("minutes", 0, 59),
    Field("hours", 0, 23),
    Field("day of month", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of week", 1, 7, WEEKDAYS),
    Field("year", 1970, LAST_YEAR),
)


@dataclass(frozen=True, slots=True)
class Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "Cron":
        parts = text.split()
        if len(parts) != len(FIELDS):
            raise ValueError(f"cron({text}): wants six fields")
        if (parts[2] == "?") == (parts[4] == "?"):
            raise ValueError(f"cron({text}): one of day of month and day of week is to be ?, the other not")
        if any("?" in part for place, part in enumerate(parts) if place not in (2, 4)):
            raise ValueError(f"cron({text}): ? stands only for a day")
        return cls(*(field.parse(part) for field, part in zip(FIELDS, parts, strict=True)))

    def next_after(self, moment: datetime) -> datetime:
        earliest = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for midnight in self._days_from(earliest.replace(hour=0, minute=0)):
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    fires = midnight.replace(hour=hour, minute=minute)
                    if fires >= earliest:
                        return fires
        raise ValueError("never fires again")

    def _days_from(self, day: datetime) -> Iterator[datetime]:
        while day.year <= max(self.years):
            if day.year in self.years and day.month in self.months and self._on(day):
                yield day
            day += timedelta(days=1)

    def _on(self, day: datetime) -> bool:
        return day.day in self.days and day.isoweekday() % 7 + 1 in self.weekdays
