"""A provider that refuses our account is a state: deliveries wait, one probe a minute is made, and all goes on by itself."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.services.delivery.settlement import Done, MessageFate, Postpone
from tests.support.log_reading import logged
from tests.support.stage import Stage

PROVIDER = {"email": "resend", "mobile_push": "apns"}
CHANNELS = sorted(PROVIDER)
MINUTE = 60


def tell(stage: Stage, people: int, channel: str) -> list[UUID]:
    return stage.tell(people, channel=channel, device=f"{uuid4().hex}-" if channel == "mobile_push" else None)


def refuse(stage: Stage, channel: str, reason: str = "invalid_api_key") -> None:
    fault = TransientFault(reason, counts=False, retry_after=300)
    stage.adapter.script = lambda _delivery: Retry(fault)
    stage.adapter.providers = {PROVIDER[channel]: reason}


def mend(stage: Stage, channel: str) -> None:
    stage.adapter.script = lambda _delivery: Sent()
    stage.adapter.providers = {PROVIDER[channel]: None}


def deliver(stage: Stage, ids: Sequence[UUID], channel: str) -> Mapping[UUID, MessageFate]:
    return stage.deliver(ids, by=stage.worker(channel))


def statuses(stage: Stage, ids: Sequence[UUID]) -> set[str]:
    return {stage.row(each)["status"] for each in ids}


def broken(_delivery: Delivery) -> Outcome:
    raise ZeroDivisionError


def attempted(stage: Stage) -> int:
    """Deliveries given to the adapter since the last look."""
    number = sum(len(batch.deliveries) for batch in stage.adapter.batches)
    stage.adapter.batches.clear()
    return number


@pytest.mark.parametrize("channel", CHANNELS)
def test_while_a_provider_refuses_us_one_delivery_a_minute_probes_and_no_other_is_claimed(
    stage: Stage, channel: str
) -> None:
    ids = tell(stage, 20, channel)
    refuse(stage, channel)
    first = deliver(stage, ids[:5], channel)
    assert set(first.values()) == {Postpone(MINUTE)}
    assert attempted(stage) == 5
    waiting = deliver(stage, ids[5:], channel)
    assert all(isinstance(fate, Postpone) and fate.seconds >= MINUTE for fate in waiting.values())
    assert attempted(stage) == 0
    for _ in range(4):
        stage.clock.advance(seconds=MINUTE + 16)
        deliver(stage, ids, channel)
        deliver(stage, ids, channel)
        assert attempted(stage) == 1


@pytest.mark.parametrize("channel", CHANNELS)
def test_all_goes_on_by_itself_once_a_probe_passes(stage: Stage, channel: str) -> None:
    ids = tell(stage, 20, channel)
    refuse(stage, channel)
    deliver(stage, ids, channel)
    mend(stage, channel)
    stage.clock.advance(seconds=MINUTE)
    deliver(stage, ids, channel)
    stage.clock.advance(seconds=MINUTE * 2)
    assert set(deliver(stage, ids, channel).values()) == {Done()}
    assert statuses(stage, ids) == {"sent"}


@pytest.mark.parametrize("channel", CHANNELS)
def test_three_days_of_a_refused_key_use_up_no_attempt_and_no_age(stage: Stage, channel: str) -> None:
    ids = tell(stage, 3, channel)
    refuse(stage, channel)
    deliver(stage, ids, channel)
    for _ in range(36):
        stage.clock.advance(hours=2)
        deliver(stage, ids, channel)
    assert statuses(stage, ids) == {"pending"}
    assert {stage.row(each)["attempts"] for each in ids} == {0}
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout"))
    stage.adapter.providers = {PROVIDER[channel]: None}
    for _ in range(2):
        stage.clock.advance(minutes=20)
        deliver(stage, ids, channel)
    assert statuses(stage, ids) == {"pending"}
    mend(stage, channel)
    stage.clock.advance(hours=1)
    deliver(stage, ids, channel)
    assert statuses(stage, ids) == {"sent"}


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_new_delivery_does_not_meet_the_refusal_and_says_why_it_waits(stage: Stage, channel: str) -> None:
    refuse(stage, channel)
    deliver(stage, tell(stage, 1, channel), channel)
    attempted(stage)
    (later,) = tell(stage, 1, channel)
    deliver(stage, [later], channel)
    row = stage.row(later)
    assert (row["status"], row["error"], row["attempts"], attempted(stage)) == ("pending", "provider_paused", 0, 0)
    assert row["queued_at"] == row["next_attempt_at"] >= stage.clock() + timedelta(seconds=MINUTE)


def test_a_pause_alarms_at_once_and_once_and_its_end_is_told(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    ids = tell(stage, 2, "email")
    refuse(stage, "email")
    with logged() as log:
        deliver(stage, ids, "email")
        stage.clock.advance(seconds=MINUTE)
        deliver(stage, ids, "email")
    (line,) = (line for line in log.lines if line["level"] == "ERROR")
    assert (line["provider"], line["reason"]) == ("resend", "invalid_api_key")
    printed = capsys.readouterr().out
    assert printed.count('"Name":"ProviderPaused"') == 1
    mend(stage, "email")
    stage.clock.advance(minutes=5)
    deliver(stage, ids, "email")
    assert capsys.readouterr().out.count('"Name":"ProviderResumed"') == 1


def test_a_paused_apple_holds_up_nobody_who_has_an_android_phone(stage: Stage) -> None:
    apple, google, both = tell(stage, 3, "mobile_push")
    row = "(select notification_id from notification_deliveries where id = :id)"
    person = f"(select user_id from notifications where id = {row})"
    stage.change(f"update user_devices set platform = 'android' where user_id = {person}", id=google)
    stage.change(
        "insert into user_devices (user_id, channel, platform, token, environment)"
        f" select user_id, channel, 'android', 'second', environment from user_devices where user_id = {person}",
        id=both,
    )
    refuse(stage, "mobile_push", "InvalidProviderToken")
    deliver(stage, [apple], "mobile_push")
    stage.adapter.batches.clear()
    stage.adapter.script = lambda _delivery: Sent()
    stage.adapter.providers = {"fcm": None}
    deliver(stage, [apple, google, both], "mobile_push")
    (batch,) = stage.adapter.batches
    assert {each.id for each in batch.deliveries} == {google, both}
    assert batch.paused == {"apns"}
    assert statuses(stage, [google, both]) == {"sent"}
    assert statuses(stage, [apple]) == {"pending"}


def test_one_who_has_had_it_on_android_waits_for_apple_without_being_claimed(stage: Stage) -> None:
    (both,) = tell(stage, 1, "mobile_push")
    refuse(stage, "mobile_push", "InvalidProviderToken")
    deliver(stage, [both], "mobile_push")
    attempted(stage)
    stage.change(
        "insert into user_devices (id, user_id, channel, platform, token, environment)"
        " select owlpost_uuid7(), user_id, channel, 'android', 'second', environment from user_devices"
    )
    stage.change(
        "update notification_deliveries d set next_attempt_at = null, attempt_metadata = jsonb_build_object('devices', ("
        "select jsonb_object_agg(v.id, jsonb_build_object('outcome', 'delivered')) from user_devices v"
        " where v.platform = 'android')) where id = :id",
        id=both,
    )
    deliver(stage, [both], "mobile_push")
    assert attempted(stage) == 0
    assert stage.row(both)["error"] == "provider_paused"


def test_an_adapter_that_raises_pauses_its_channel_until_a_probe_passes(stage: Stage) -> None:
    ids = tell(stage, 10, "mobile_push")
    stage.adapter.script = broken
    deliver(stage, ids[:5], "mobile_push")
    attempted(stage)
    deliver(stage, ids[5:], "mobile_push")
    assert attempted(stage) == 0
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(minutes=2)
    deliver(stage, ids, "mobile_push")
    assert attempted(stage) == 1
    stage.clock.advance(minutes=2)
    deliver(stage, ids, "mobile_push")
    assert statuses(stage, ids) == {"sent"}


def test_three_days_of_an_adapter_that_raises_use_up_no_attempt_and_no_age(stage: Stage) -> None:
    ids = tell(stage, 3, "mobile_push")
    stage.adapter.script = broken
    deliver(stage, ids, "mobile_push")
    for _ in range(72):
        stage.clock.advance(hours=1)
        deliver(stage, ids, "mobile_push")
    assert statuses(stage, ids) == {"pending"}
    assert {stage.row(each)["attempts"] for each in ids} == {0}
    stage.adapter.script = lambda _delivery: Sent()
    for _ in range(3):
        stage.clock.advance(minutes=20)
        deliver(stage, ids, "mobile_push")
    assert statuses(stage, ids) == {"sent"}


def test_a_frozen_batch_in_which_the_adapter_raised_keeps_its_members_and_its_attempts(stage: Stage) -> None:
    ids = tell(stage, 3, "email")
    stage.adapter.script = broken
    deliver(stage, ids, "email")
    frozen = {stage.row(each)["batch_id"] for each in ids}
    for _ in range(5):
        stage.clock.advance(hours=1)
        deliver(stage, ids, "email")
    assert {stage.row(each)["attempts"] for each in ids} == {0}
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(hours=1)
    deliver(stage, ids, "email")
    assert statuses(stage, ids) == {"sent"}
    assert {stage.row(each)["batch_id"] for each in ids} == frozen
    assert len(frozen) == 1


def test_one_delivery_that_breaks_the_adapter_is_given_up_and_the_others_are_sent(stage: Stage) -> None:
    ids = tell(stage, 20, "mobile_push")

    def broken_by_one(delivery: Delivery) -> Outcome:
        if delivery.id == ids[0]:
            raise ZeroDivisionError
        return Sent()

    stage.adapter.script = broken_by_one
    sent_after: list[int] = []
    for _ in range(40):
        deliver(stage, ids, "mobile_push")
        sent_after.append(sum(stage.row(each)["status"] == "sent" for each in ids))
        stage.clock.advance(minutes=5)
    assert [stage.row(each)["status"] for each in ids] == ["failed", *["sent"] * 19]
    assert stage.row(ids[0])["error"] == "adapter_error"
    # The probes are drawn by lot: this one may be drawn a few times before another shows that the adapter works.
    assert sent_after[20] == 19


def test_one_that_breaks_an_adapter_that_works_for_others_holds_up_nobody(stage: Stage) -> None:
    poison, good = tell(stage, 2, "mobile_push")

    def broken_by_one(delivery: Delivery) -> Outcome:
        if delivery.id == poison:
            raise ZeroDivisionError
        return Sent()

    stage.adapter.script = broken_by_one
    deliver(stage, [poison], "mobile_push")
    stage.clock.advance(minutes=1)
    deliver(stage, [good], "mobile_push")
    assert statuses(stage, [good]) == {"sent"}
    stage.clock.advance(minutes=1)
    deliver(stage, [poison], "mobile_push")
    (later,) = tell(stage, 1, "mobile_push")
    deliver(stage, [later], "mobile_push")
    assert statuses(stage, [later]) == {"sent"}
    assert (stage.row(poison)["status"], stage.row(poison)["attempts"]) == ("pending", 1)


def test_two_workers_at_once_make_one_probe(stage: Stage) -> None:
    ids = tell(stage, 10, "email")
    refuse(stage, "email")
    deliver(stage, ids, "email")
    attempted(stage)
    stage.clock.advance(seconds=MINUTE)
    other: list[int] = []

    def meanwhile(_delivery: Delivery) -> Outcome:
        before = len(stage.adapter.batches)
        deliver(stage, ids, "email")
        other.append(len(stage.adapter.batches) - before)
        return Sent()

    stage.adapter.script = meanwhile
    deliver(stage, ids, "email")
    assert other == [0]
