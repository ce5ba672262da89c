"""What it is for a canary to come through."""

from datetime import UTC, datetime, timedelta

import pytest

from owlpost.domain.canary import Flight, Rules, Verdict, channels_of, sight

START = datetime(2026, 11, 29, 12, tzinfo=UTC)
RULES = Rules(timedelta(minutes=5))
ASKS = Rules(timedelta(minutes=5), ("email",))


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def flight(
    status: str = "sent",
    *,
    sent: float | None = None,
    delivered: float | None = None,
    reason: str | None = None,
    created: float = 0,
    channel: str = "email",
) -> Flight:
    return Flight(
        channel=channel,
        created_at=at(created),
        status=status,
        reason=reason,
        sent_at=None if sent is None else at(sent),
        delivered_at=None if delivered is None else at(delivered),
    )


@pytest.mark.parametrize(
    ("one", "rules", "now", "verdict"),
    [
        (flight(sent=1), RULES, 10, Verdict.THROUGH),
        (flight(sent=5), RULES, 10, Verdict.THROUGH),
        (flight(sent=5.1), RULES, 10, Verdict.MISSED),
        (flight("pending"), RULES, 4, Verdict.UNDER_WAY),
        (flight("pending"), RULES, 5, Verdict.MISSED),
        (flight("pending", reason="held"), RULES, 10, Verdict.HELD),
        (flight("failed", reason="x", sent=1), RULES, 2, Verdict.MISSED),
        (flight("skipped", reason="suppressed", sent=1), RULES, 2, Verdict.MISSED),
        (flight(sent=1), ASKS, 4, Verdict.UNDER_WAY),
        (flight(sent=1), ASKS, 10, Verdict.MISSED),
        (flight(sent=1, delivered=4), ASKS, 10, Verdict.THROUGH),
        (flight(sent=1, delivered=6), ASKS, 10, Verdict.MISSED),
        (flight(sent=1, channel="mobile_push"), ASKS, 10, Verdict.THROUGH),
    ],
)
def test_one_is_judged_by_when_its_provider_took_it_and_told_of_it(
    one: Flight, rules: Rules, now: float, verdict: Verdict
) -> None:
    assert rules.judge(one, at(now)) is verdict


def test_what_is_under_way_hides_neither_the_one_before_nor_when_one_came_through_last() -> None:
    flights = [flight("pending", created=20), flight("failed", reason="http_500", created=10), flight(sent=1)]
    seen = sight("email", flights, RULES, at(21))
    assert (seen.verdict, seen.reason, seen.sent_at) == (Verdict.MISSED, "http_500", at(10))
    assert seen.last_through == at(1)


def test_where_none_was_sent_for_a_while_the_function_does_not_run() -> None:
    seen = sight("email", [flight(sent=1)], RULES, at(26))
    assert (seen.verdict, seen.last_through) == (Verdict.SILENT, at(1))
    assert sight("email", [], RULES, at(26)).verdict is Verdict.UNDER_WAY


def test_channels_are_judged_by_themselves() -> None:
    flights = [flight(sent=1), flight("pending", channel="mobile_push")]
    assert sight("mobile_push", flights, RULES, at(10)).verdict is Verdict.MISSED
    assert sight("email", flights, RULES, at(10)).verdict is Verdict.THROUGH


def test_settings_that_are_empty_ask_for_none() -> None:
    assert channels_of({"CANARY_EMAIL": "", "CANARY_WITHIN_MINUTES": "5"}) == ()
