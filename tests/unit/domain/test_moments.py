"""Quiet hours and times in a person's preferences, over the days on which clocks are changed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.moments import QuietHours, moment, zone_of
from tests.support.json_blobs import json_values

#: Both changes of 2026 in five zones: the days around them hold gaps, repeated hours and odd offsets.
CHANGES = {
    "Europe/Berlin": (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)),
    "America/New_York": (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
    "Australia/Lord_Howe": (datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC)),
    "America/St_Johns": (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
    "Africa/Casablanca": (datetime(2026, 2, 15, tzinfo=UTC), datetime(2026, 3, 22, tzinfo=UTC)),
}
clocks = st.times().map(lambda value: value.strftime("%H:%M"))
around = st.sampled_from([(zone, change) for zone, changes in CHANGES.items() for change in changes])
offsets = st.timedeltas(timedelta(days=-2), timedelta(days=3))


def quiet(start: str, end: str, zone: str, days: object = None) -> QuietHours:
    found = QuietHours.read({"start": start, "end": end, "time_zone": zone, "days": days})
    assert found is not None
    return found


def is_within(at: datetime, start: str, end: str, zone: str) -> bool:
    """Whether the wall clock shows a time of the quiet hours: exact wherever no clock is changed nearby."""
    shown = at.astimezone(ZoneInfo(zone)).time()
    first, last = time.fromisoformat(start), time.fromisoformat(end)
    return first <= shown < last if first < last else shown >= first or shown < last


@given(place=around, start=clocks, end=clocks, offset=offsets)
def test_quiet_hours_end_when_the_clock_shows_their_end_and_not_before(
    place: tuple[str, datetime], start: str, end: str, offset: timedelta
) -> None:
    zone, change = place
    if start == end:
        return
    hours, at = quiet(start, end, zone), change + offset
    until = hours.until(at)
    if until is None:
        return
    assert at < until <= at + timedelta(hours=26)
    shown = until.astimezone(ZoneInfo(zone))
    skipped = shown.astimezone(UTC).astimezone(ZoneInfo(zone)).time() != time.fromisoformat(end)
    assert shown.strftime("%H:%M") == end or skipped
    # one moment before the end it is still quiet, and the end does not depend on when it is asked for
    assert hours.until(until - timedelta(seconds=1)) == until


@given(zone=st.sampled_from(sorted(CHANGES)), start=clocks, end=clocks, at=st.datetimes(timezones=st.just(UTC)))
def test_far_from_a_change_it_is_quiet_exactly_while_the_clock_shows_it(
    zone: str, start: str, end: str, at: datetime
) -> None:
    at = at.replace(year=2026, month=7, day=min(at.day, 28))
    if start != end:
        assert (quiet(start, end, zone).until(at) is not None) == is_within(at, start, end, zone)


@pytest.mark.parametrize(
    ("zone", "at", "until"),
    [
        # 02:30 does not exist on this night in Berlin: the quiet hours end at 03:30, after the gap
        ("Europe/Berlin", "2026-03-29T00:59:00+00:00", "2026-03-29T01:30:00+00:00"),
        # 02:30 exists twice: the second is meant
        ("Europe/Berlin", "2026-10-25T00:45:00+00:00", "2026-10-25T01:30:00+00:00"),
    ],
)
def test_an_end_that_is_skipped_or_repeated_is_the_later_moment(zone: str, at: str, until: str) -> None:
    assert quiet("22:00", "02:30", zone).until(datetime.fromisoformat(at)) == datetime.fromisoformat(until)


def test_the_days_are_those_on_which_the_quiet_hours_begin() -> None:
    friday_night = quiet("22:00", "07:00", "UTC", [5])
    assert friday_night.until(datetime(2026, 11, 28, 6, tzinfo=UTC)) == datetime(2026, 11, 28, 7, tzinfo=UTC)
    assert friday_night.until(datetime(2026, 11, 28, 23, tzinfo=UTC)) is None


@given(value=json_values)
def test_whatever_is_no_quiet_hours_counts_as_none(value: object) -> None:
    assert QuietHours.read(value) is None or isinstance(value, dict)
    assert moment(value) is None or isinstance(value, str)
    assert zone_of(value) is None or isinstance(value, str)


@pytest.mark.parametrize(
    "name", ["EST", "Foo/Bar", "../etc/passwd", "America", "America/Argentina", "europe/berlin", "", 7]
)
def test_only_names_of_places_are_time_zones(name: object) -> None:
    assert zone_of(name) is None
    assert zone_of("America/Argentina/Buenos_Aires") is not None


def test_a_zone_is_as_the_package_has_it_whatever_the_machine_says() -> None:
    """Morocco keeps UTC in the locked tzdata, as in the laptop's Postgres; older data of a machine has it an hour ahead."""
    zone = zone_of("Africa/Casablanca")
    assert zone is not None
    assert datetime(2026, 10, 25, 12, 0, tzinfo=zone).utcoffset() == timedelta(0)
