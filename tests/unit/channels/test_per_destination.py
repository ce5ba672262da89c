"""From targets to the delivery: nobody is told twice at one for the sake of another, and nothing in doubt is called sent."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.per_destination import DEVICES, Attempt, Kind, TargetOutcome, is_final, merged
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, Notification
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
NOTIFICATION = Notification(uuid4(), "feedback.new", "t", None, None, {}, None, uuid4(), NOW)
DESTINATIONS = Kind("destinations", "no_destination", "destination_dead")
FINAL = st.sampled_from([each for each in TargetOutcome if each is not TargetOutcome.TRANSIENT])


def after(*now: str, earlier: tuple[str, ...] = (), fault: TransientFault | None = None) -> Outcome:
    """What becomes of a delivery of which `earlier` attempts and the one of `now` met these outcomes."""
    before = {f"before-{n}": {"outcome": each, "reason": "earlier"} for n, each in enumerate(earlier)}
    records = {f"now-{n}": {"outcome": each, "reason": each} for n, each in enumerate(now)}
    delivery = Delivery(uuid4(), uuid4(), NOTIFICATION, metadata={"destinations": before} if before else {})
    return merged(delivery, Attempt(records, [fault] if fault else []), DESTINATIONS)


def test_one_destination_that_has_it_is_enough() -> None:
    assert isinstance(after("dead", "refused", "unknown", "delivered"), Sent)


def test_one_in_doubt_is_not_called_refused_nor_dead() -> None:
    outcome = after("dead", "refused", "unknown", "skipped")
    assert isinstance(outcome, Failed)
    assert outcome.reason == "outcome_unknown"


def test_the_doubt_of_an_earlier_attempt_counts_when_a_later_one_ends_it() -> None:
    outcome = after("dead", earlier=("unknown",))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "outcome_unknown"


def test_while_one_is_open_the_delivery_is_tried_again_and_remembers_the_doubt() -> None:
    outcome = after("transient", "unknown", fault=TransientFault("http_500"))
    assert isinstance(outcome, Retry)
    assert (outcome.unknown, outcome.reached, outcome.fault.ambiguous) == (True, False, False)


def test_who_is_connected_nowhere_is_skipped_and_who_is_dead_everywhere_too() -> None:
    assert after() == Skipped("no_destination")
    outcome = after("dead")
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "destination_dead"


@pytest.mark.parametrize("kind", [DEVICES, DESTINATIONS], ids=lambda kind: kind.key)
def test_records_of_one_kind_are_not_those_of_the_other(kind: object) -> None:
    delivery = Delivery(uuid4(), uuid4(), NOTIFICATION, metadata={"devices": {"a": {}}, "destinations": {"b": {}}})
    assert set(kind.records(delivery)) == {"a" if kind is DEVICES else "b"}  # type: ignore[attr-defined] # of pytest's object


@given(st.lists(FINAL), st.lists(FINAL, min_size=1))
def test_what_is_final_stays_and_the_best_of_it_decides(earlier: list[str], now: list[str]) -> None:
    outcome = after(*now, earlier=tuple(earlier))
    records = outcome.metadata["destinations"]
    assert isinstance(records, dict)
    assert all(is_final(each) for each in records.values())
    assert isinstance(outcome, Sent) is ("delivered" in {*earlier, *now})
    in_doubt = "unknown" in {*earlier, *now} and "delivered" not in {*earlier, *now}
    assert (isinstance(outcome, Failed) and outcome.reason == "outcome_unknown") is in_doubt
