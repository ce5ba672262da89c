"""EventBridge's schedule expressions."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.schedule_expression import FIELDS, Cron, next_after
from infra.topology.plan import topology

MOMENTS = st.integers(1_600_000_000, 2_800_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SUNDAY = datetime(2026, 11, 1, 12, 30, 15, tzinfo=UTC)


def test_a_rate_counts_from_the_moment() -> None:
    assert next_after("rate(5 minutes)", SUNDAY) == SUNDAY + timedelta(minutes=5)
    assert next_after("rate(1 hour)", SUNDAY) == SUNDAY + timedelta(hours=1)
    assert next_after("rate(7 days)", SUNDAY) == SUNDAY + timedelta(days=7)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0 6 * * ? *)", "2026-11-02T06:00"),
        ("cron(31 12 * * ? *)", "2026-11-01T12:31"),
        ("cron(30 12 * * ? *)", "2026-11-02T12:30"),
        ("cron(0/15 * * * ? *)", "2026-11-01T12:45"),
        ("cron(5/20 * * * ? *)", "2026-11-01T12:45"),
        ("cron(0 9-17/4 ? * MON-FRI *)", "2026-11-02T09:00"),
        ("cron(0 0 ? * 1 *)", "2026-11-08T00:00"),
        ("cron(0 0 ? * sun,WED *)", "2026-11-04T00:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00"),
        ("cron(0 0 31 * ? *)", "2026-12-31T00:00"),
        ("cron(0 0 1 JAN ? 2030)", "2030-01-01T00:00"),
    ],
)
def test_a_cron_expression_fires_next_at(expression: str, expected: str) -> None:
    assert next_after(expression, SUNDAY) == datetime.fromisoformat(f"{expected}+00:00")


def test_cron_is_read_in_utc_wherever_the_moment_was_told() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    assert next_after("cron(0 6 * * ? *)", SUNDAY.astimezone(kathmandu)) == datetime(2026, 11, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "every day",
        "rate(5)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 weeks)",
        "cron(0 6 * * ?)",
        "cron(0 6 * * * *)",
        "cron(0 6 ? * ? *)",
        "cron(60 6 * * ? *)",
        "cron(? 6 * * ? *)",
        "cron(5-3 6 * * ? *)",
        "cron(*/0 6 * * ? *)",
        "cron(0 6 L * ? *)",
        "cron(0 6 ? * FUNDAY *)",
        "cron(-1 6 * * ? *)",
    ],
)
def test_what_eventbridge_would_refuse_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        next_after(expression, SUNDAY)


@pytest.mark.parametrize("expression", ["cron(0 0 30 2 ? *)", "cron(0 0 * * ? 2020)"])
def test_an_expression_that_never_fires_again_says_so(expression: str) -> None:
    with pytest.raises(ValueError, match="never"):
        next_after(expression, SUNDAY)


def test_every_schedule_of_the_topology_is_understood() -> None:
    for schedule in topology().schedules:
        assert next_after(schedule.expression, SUNDAY) > SUNDAY


@given(
    moment=MOMENTS,
    minutes=st.frozensets(st.integers(0, 59), min_size=1, max_size=3),
    hours=st.frozensets(st.integers(0, 23), min_size=1, max_size=3),
)
def test_nothing_between_the_moment_and_the_next_time_would_have_fired(
    moment: datetime, minutes: frozenset[int], hours: frozenset[int]
) -> None:
    def fires(at: datetime) -> bool:
        return at.minute in minutes and at.hour in hours

    lists = (",".join(map(str, values)) for values in (minutes, hours))
    following = next_after(f"cron({next(lists)} {next(lists)} * * ? *)", moment)
    between = int((following - moment).total_seconds() // 60)
    assert fires(following)
    assert following > moment
    assert following.second == following.microsecond == 0
    assert not any(fires(moment + timedelta(minutes=passed)) for passed in range(1, between))


@given(
    place=st.sampled_from(range(len(FIELDS))),
    first=st.integers(0, 40),
    length=st.integers(0, 30),
    step=st.integers(1, 9),
)
def test_a_stepped_range_is_every_step_th_value_of_it(place: int, first: int, length: int, step: int) -> None:
    field = FIELDS[place]
    start = min(field.first + first, field.last)
    end = min(start + length, field.last)
    assert field.parse(f"{start}-{end}/{step}") == set(range(start, end + 1, step))


def test_names_stand_for_eventbridges_numbers() -> None:
    cron = Cron.parse("0 0 ? JAN,DEC SUN,SAT *")
    assert cron.months == {1, 12}
    assert cron.weekdays == {1, 7}
