"""One clock, the database's: workers whose own clocks are ten minutes off send nothing twice, early or late."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.settlement import Done, GiveUpMessage, MessageFate, Postpone
from tests.support.adapters import ScriptedAdapter
from tests.support.log_reading import logged
from tests.support.stage import LEASE_SECONDS, Stage

OFF = [timedelta(minutes=-10), timedelta(minutes=10)]
AMBIGUOUS = Retry(TransientFault("timeout", ambiguous=True))


def skewed(stage: Stage, off: timedelta, channel: str = "mobile_push") -> DeliveryWorker:
    """A worker whose clock is off by so much."""

    def now() -> datetime:
        return stage.clock() + off

    return replace(stage.worker(channel), now=now, adapter=ScriptedAdapter(stage.adapter.script))


def deliver(worker: DeliveryWorker, *ids: UUID) -> list[MessageFate]:
    """Deliver with a deadline by the worker's own clock, as its function gives it."""
    fates = worker.deliver(ids, deadline=worker.now() + timedelta(seconds=30))
    return [fates[each] for each in ids]


@pytest.mark.parametrize("off", OFF, ids=str)
def test_a_lease_holds_against_a_worker_whose_clock_is_off(stage: Stage, off: timedelta) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device="token")
    other = skewed(stage, off)
    seen: list[object] = []

    def meanwhile(_delivery: Delivery) -> Outcome:
        seen.extend(deliver(other, delivery_id))
        return Sent()

    stage.adapter.script = meanwhile
    stage.deliver([delivery_id], by=stage.worker("mobile_push"))
    assert seen == [Postpone(LEASE_SECONDS)]
    assert isinstance(other.adapter, ScriptedAdapter)
    assert other.adapter.batches == []


@pytest.mark.parametrize("off", OFF, ids=str)
def test_a_lease_of_a_worker_whose_clock_is_off_ends_when_the_database_says(stage: Stage, off: timedelta) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device="token")

    def die(_delivery: Delivery) -> Outcome:
        raise KeyboardInterrupt

    stage.adapter.script = die
    with pytest.raises(KeyboardInterrupt):
        deliver(skewed(stage, off), delivery_id)
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(seconds=LEASE_SECONDS - 1)
    assert deliver(stage.worker("mobile_push"), delivery_id) == [Postpone(2.0)]
    stage.clock.advance(seconds=1)
    assert deliver(stage.worker("mobile_push"), delivery_id) == [Done()]


@pytest.mark.parametrize("off", OFF, ids=str)
def test_the_next_attempt_is_neither_early_nor_late(stage: Stage, off: timedelta) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device="token")
    stage.adapter.script = lambda _delivery: Retry(TransientFault("unavailable", retry_after=100))
    (fate,) = deliver(skewed(stage, off), delivery_id)
    assert isinstance(fate, Postpone)
    due = stage.row(delivery_id)["next_attempt_at"]
    assert abs((due - stage.clock()).total_seconds() - fate.seconds) < 0.001
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(seconds=fate.seconds - 5)
    (early,) = deliver(skewed(stage, -off), delivery_id)
    assert isinstance(early, Postpone)
    assert early.seconds == pytest.approx(5, abs=0.01)
    stage.clock.advance(seconds=5.001)
    assert deliver(skewed(stage, off), delivery_id) == [Done()]


@pytest.mark.parametrize("off", OFF, ids=str)
def test_nothing_is_given_up_early_for_a_clock_that_is_ahead(stage: Stage, off: timedelta) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device="token")
    stage.adapter.script = lambda _delivery: AMBIGUOUS
    stage.clock.advance(hours=23, minutes=55)
    (fate,) = deliver(skewed(stage, off), delivery_id)
    assert isinstance(fate, Postpone)
    stage.clock.advance(minutes=6)
    (fate,) = deliver(skewed(stage, off), delivery_id)
    assert isinstance(fate, GiveUpMessage)


@pytest.mark.parametrize("off", OFF, ids=str)
def test_the_window_of_a_frozen_batch_is_judged_by_the_database(stage: Stage, off: timedelta) -> None:
    ids = stage.tell(2)
    stage.adapter.script = lambda _delivery: AMBIGUOUS
    deliver(skewed(stage, off, "email"), *ids)
    stage.clock.advance(hours=22, minutes=55)
    worker = skewed(stage, off, "email")
    deliver(worker, *ids)
    assert isinstance(worker.adapter, ScriptedAdapter)
    assert len(worker.adapter.batches) == 1
    stage.clock.advance(minutes=10)
    worker = skewed(stage, off, "email")
    deliver(worker, *ids)
    assert isinstance(worker.adapter, ScriptedAdapter)
    assert worker.adapter.batches == []
    assert stage.row(ids[0])["error"] == "outcome_unknown"


def skews_logged(stage: Stage, off: timedelta) -> list[float]:
    (delivery_id,) = stage.tell(channel="mobile_push", device="token")
    with logged() as log:
        deliver(skewed(stage, off), delivery_id)
    return [line["ahead_seconds"] for line in log.lines if line["message"] == "clock skew"]


@pytest.mark.parametrize("off", OFF, ids=str)
def test_a_skew_over_five_seconds_is_logged_and_counted(
    stage: Stage, off: timedelta, capsys: pytest.CaptureFixture[str]
) -> None:
    assert skews_logged(stage, off) == [off.total_seconds()]
    assert "ClockSkew" in capsys.readouterr().out


def test_a_claim_that_takes_half_a_minute_makes_no_clock_wrong(stage: Stage) -> None:
    """The worker asks; a paused database wakes up for half a minute, and then says its time."""
    (delivery_id,) = stage.tell()
    shown = iter([stage.clock() - timedelta(seconds=30)])
    worker = replace(stage.worker(), now=lambda: next(shown, stage.clock()))
    with logged() as log:
        worker.deliver([delivery_id], deadline=stage.clock() + timedelta(seconds=30))
    assert [line for line in log.lines if line["message"] == "clock skew"] == []


def test_a_skew_of_four_seconds_is_nobodys_business(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.tell()
    capsys.readouterr()  # the connect, too, tells of a database whose time stands still
    assert skews_logged(stage, timedelta(seconds=4)) == []
    assert "ClockSkew" not in capsys.readouterr().out
