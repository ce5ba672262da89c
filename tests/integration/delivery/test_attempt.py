import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.channels.adapter import BatchReport
from owlpost.db.session import Database
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import DeadDevice, Failed, Outcome, Retry, Sent
from owlpost.services.delivery.settlement import Done, GiveUpMessage, Postpone
from tests.support.stage import Stage


def always(outcome: Outcome) -> Callable[[Delivery], Outcome]:
    return lambda _delivery: outcome


def test_a_delivery_that_was_accepted_ends_sent(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    assert stage.deliver([delivery_id]) == {delivery_id: Done()}
    after = stage.row(delivery_id)
    assert (after["status"], after["attempts"], after["lease_id"]) == ("sent", 1, None)
    assert after["attempt_metadata"]["provider_id"] == "1"


@pytest.mark.parametrize(("minutes", "told"), [(3, []), (20, ["email"])])
def test_a_worker_tells_how_long_a_late_first_attempt_has_been_due(
    stage: Stage, capsys: pytest.CaptureFixture[str], minutes: int, told: list[str]
) -> None:
    (delivery_id,) = stage.tell()
    stage.change(f"update notification_deliveries set created_at = created_at - interval '{minutes} minutes'")
    stage.deliver([delivery_id])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"OldestDue"' in line]
    assert [line["channel"] for line in lines] == told
    assert all(minutes * 60 <= line["OldestDue"][0] < minutes * 60 + 60 for line in lines)


def test_a_message_that_comes_twice_is_sent_once(stage: Stage) -> None:
    ids = stage.tell(3)
    stage.deliver(ids)
    assert stage.deliver(ids) == dict.fromkeys(ids, Done())
    assert sorted(stage.adapter.told) == sorted(ids)


def test_a_finished_delivery_is_never_rewritten(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.deliver([delivery_id])
    stage.adapter.script = always(Failed("later"))
    stage.deliver([delivery_id])
    assert stage.row(delivery_id)["status"] == "sent"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("update notifications set read_at = now()", "read"),
        ("update notifications set deleted_at = now()", "deleted"),
        ("delete from users", "user_gone"),
        ("update users set email = ''", "no_address"),
        ("insert into email_suppressions (address, reason) select lower(email), 'bounced' from users", "suppressed"),
    ],
)
def test_what_changed_since_it_was_enqueued_is_skipped_with_the_reason(
    stage: Stage, statement: str, reason: str
) -> None:
    (delivery_id,) = stage.tell()
    stage.change(statement)
    assert stage.deliver([delivery_id]) == {delivery_id: Done()}
    after = stage.row(delivery_id)
    assert (after["status"], after["error"]) == ("skipped", reason)
    assert stage.adapter.batches == []


def test_a_member_who_left_the_team_is_not_told(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    team_id = uuid4()
    stage.change("insert into teams (id, name, slug) values (:id, 'T', 't')", id=team_id)
    stage.change("update notifications set team_id = :id", id=team_id)
    stage.deliver([delivery_id])
    assert stage.row(delivery_id)["error"] == "left_team"


def test_one_that_is_refused_hurts_itself_alone(stage: Stage) -> None:
    ids = stage.tell(3)
    stage.adapter.script = lambda delivery: Failed("validation_error") if delivery.id == ids[1] else Sent()
    assert set(stage.deliver(ids).values()) == {Done()}
    assert [stage.row(each)["status"] for each in ids] == ["sent", "failed", "sent"]


def test_a_transient_fault_keeps_it_pending_and_postpones_its_message(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = always(Retry(TransientFault("unavailable", retry_after=7)))
    fate = stage.deliver([delivery_id])[delivery_id]
    assert isinstance(fate, Postpone)
    assert 7 <= fate.seconds <= 17
    after = stage.row(delivery_id)
    assert (after["status"], after["error"], after["attempts"]) == ("pending", "unavailable", 1)
    early = stage.deliver([delivery_id])[delivery_id]
    assert isinstance(early, Postpone)
    assert len(stage.adapter.batches) == 1
    stage.clock.advance(seconds=18)
    stage.adapter.script = always(Sent())
    assert stage.deliver([delivery_id])[delivery_id] == Done()


def test_the_last_transient_fault_fails_it_and_leaves_a_dead_letter(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = always(Retry(TransientFault("unavailable")))
    fates = []
    for _ in range(4):
        fates.append(stage.deliver([delivery_id])[delivery_id])
        stage.clock.advance(seconds=61)
    reasons = [fate.reason for fate in fates if isinstance(fate, GiveUpMessage)]
    assert reasons == ["attempts_exhausted: unavailable"]
    assert stage.row(delivery_id)["status"] == "failed"


def test_a_rate_limit_uses_up_no_attempt(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = always(Retry(TransientFault("rate_limited", counts=False)))
    for _ in range(10):
        stage.deliver([delivery_id])
        stage.clock.advance(seconds=61)
    after = stage.row(delivery_id)
    assert (after["status"], after["attempts"]) == ("pending", 0)


def test_an_adapter_that_raises_strands_no_row(stage: Stage) -> None:
    def explode(_delivery: Delivery) -> Outcome:
        raise ZeroDivisionError

    ids = stage.tell(2)
    stage.adapter.script = explode
    assert all(isinstance(each, Postpone) for each in stage.deliver(ids).values())
    assert [stage.row(each)["error"] for each in ids] == ["adapter_error"] * 2


def test_an_ambiguous_batch_comes_back_with_the_same_members_under_the_same_id(stage: Stage) -> None:
    ids = stage.tell(5)
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    stage.deliver(ids)
    stage.clock.advance(seconds=61)
    stage.tell(2)
    stage.adapter.script = always(Sent())
    stage.deliver([ids[3]])
    first, second = stage.adapter.batches
    assert second.id == first.id
    assert [each.id for each in second.deliveries] == [each.id for each in first.deliveries]


def test_the_members_of_a_frozen_batch_come_back_at_one_time(stage: Stage) -> None:
    ids = stage.tell(20)
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    fates = stage.deliver(ids)
    assert len(set(fates.values())) == 1
    assert len({stage.row(each)["next_attempt_at"] for each in ids}) == 1


def test_a_frozen_batch_is_given_up_as_one_however_often_its_members_were_tried_before(stage: Stage) -> None:
    (older,) = stage.tell()
    stage.adapter.script = always(Retry(TransientFault("refused")))
    stage.deliver([older])
    stage.clock.advance(seconds=61)
    (younger,) = stage.tell()
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    for _ in range(3):
        stage.deliver([older, younger])
        stage.clock.advance(seconds=61)
    assert [stage.row(each)["error"] for each in (older, younger)] == ["outcome_unknown"] * 2
    assert len(stage.adapter.batches) == 4


def test_a_frozen_batch_keeps_its_members_and_addresses_whatever_has_changed(stage: Stage) -> None:
    ids = stage.tell(3)
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    stage.deliver(ids)
    stage.change("update notifications set read_at = now()")
    stage.change("update users set email = 'moved-' || email")
    stage.clock.advance(seconds=61)
    stage.deliver(ids)
    first, second = stage.adapter.batches
    assert second.deliveries[0].address == first.deliveries[0].address
    assert len(second.deliveries) == 3


def test_a_batch_once_ambiguous_stays_frozen_after_a_clear_refusal(stage: Stage) -> None:
    ids = stage.tell(2)
    for fault in (TransientFault("timeout", ambiguous=True), TransientFault("rate_limited", counts=False)):
        stage.adapter.script = always(Retry(fault))
        stage.deliver(ids)
        stage.clock.advance(seconds=121)
    stage.deliver(ids)
    assert len({batch.id for batch in stage.adapter.batches}) == 1
    assert len(stage.adapter.batches) == 3


def test_a_batch_that_was_clearly_refused_is_judged_and_frozen_anew(stage: Stage) -> None:
    ids = stage.tell(2)
    stage.adapter.script = always(Retry(TransientFault("rate_limited", counts=False)))
    stage.deliver(ids)
    stage.change(
        "update notifications set read_at = now() where id ="
        " (select notification_id from notification_deliveries where id = :id)",
        id=ids[0],
    )
    stage.clock.advance(seconds=121)
    stage.adapter.script = always(Sent())
    stage.deliver(ids)
    first, second = stage.adapter.batches
    assert second.id != first.id
    assert [stage.row(each)["status"] for each in ids] == ["skipped", "sent"]


@dataclass
class AllOrNothing:
    """An adapter whose provider refuses every batch with this delivery in it, and does not say why."""

    bad: UUID
    batches: list[DeliveryBatch] = field(default_factory=list)

    def render(self, delivery: Delivery) -> None:
        """Nothing is needed of it."""

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, None]) -> BatchReport:  # noqa: ARG002 (the protocol's signature)
        self.batches.append(batch)
        ids = [each.id for each in batch.deliveries]
        if self.bad not in ids:
            return BatchReport(dict.fromkeys(ids, Sent()))
        whole = Retry(TransientFault("rejected_whole", by_halves=True))
        return BatchReport(dict.fromkeys(ids, whole if len(ids) > 1 else Failed("validation_error")))


def test_one_that_has_its_batch_refused_whole_is_found_by_halves_and_fails_alone(stage: Stage) -> None:
    ids = stage.tell(20)
    provider = AllOrNothing(ids[7])
    worker = replace(stage.worker(), adapter=provider)
    while pending := stage.pending("email"):
        stage.deliver(pending, by=worker)
        stage.clock.advance(seconds=61)
    assert {id_: stage.row(id_)["status"] for id_ in ids} == {**dict.fromkeys(ids, "sent"), ids[7]: "failed"}
    assert [len(batch.deliveries) for batch in provider.batches][:3] == [20, 10, 10]
    assert len({batch.id for batch in provider.batches}) == len(provider.batches) <= 11


def test_a_half_whose_outcome_is_in_doubt_stays_as_it_is(stage: Stage) -> None:
    ids = stage.tell(4)
    stage.adapter.script = always(Retry(TransientFault("rejected_whole", by_halves=True)))
    stage.deliver(ids)
    stage.clock.advance(seconds=61)
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    stage.deliver(ids[:1])
    stage.clock.advance(seconds=61)
    stage.adapter.script = always(Retry(TransientFault("rejected_whole", by_halves=True)))
    stage.deliver(ids[:1])
    whole, *halves = stage.adapter.batches
    assert [half.id for half in halves] == [halves[0].id] * 2
    assert halves[0].id != whole.id
    assert [each.id for each in halves[1].deliveries] == ids[:2]
    assert stage.row(ids[0])["batch_id"] == halves[0].id


def test_a_half_is_judged_again_before_its_first_call_and_gets_an_id_of_that_claim(stage: Stage) -> None:
    ids = stage.tell(6)
    stage.adapter.script = always(Retry(TransientFault("rejected_whole", by_halves=True)))
    stage.deliver(ids)
    promised = {stage.row(each)["batch_id"] for each in ids}
    of = "(select notification_id from notification_deliveries where id = :id)"
    stage.change(f"update notifications set read_at = now() where id = {of}", id=ids[0])
    stage.change(f"update notifications set deleted_at = now() where id = {of}", id=ids[3])
    stage.change(
        "insert into email_suppressions (address, reason, detail, created_at) select lower(u.email), 'bounced', '{}', now()"
        f" from users u join notifications n on n.user_id = u.id where n.id = {of}",
        id=ids[4],
    )
    stage.clock.advance(seconds=61)
    stage.adapter.script = always(Sent())
    stage.deliver(ids)
    assert [stage.row(each)["error"] for each in ids] == ["read", None, None, "deleted", "suppressed", None]
    _whole, *halves = stage.adapter.batches
    assert sorted(len(half.deliveries) for half in halves) == [1, 2]
    assert not {half.id for half in halves} & promised


def test_an_unknown_outcome_is_not_sent_again_once_the_provider_may_have_forgotten_it(stage: Stage) -> None:
    ids = stage.tell(2)
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    stage.deliver(ids)
    stage.clock.advance(hours=23, seconds=1)
    fates = stage.deliver(ids)
    assert [stage.row(each)["error"] for each in ids] == ["outcome_unknown"] * 2
    assert [fate.reason for fate in fates.values() if isinstance(fate, GiveUpMessage)] == [
        "window_closed: outcome_unknown"
    ] * 2
    assert len(stage.adapter.batches) == 1


def test_a_worker_that_died_leaves_its_batch_to_the_next_once_its_lease_has_ended(
    stage: Stage, another_database: Database
) -> None:
    ids = stage.tell(3)
    dying = stage.worker()

    def die(_delivery: Delivery) -> Outcome:
        raise KeyboardInterrupt

    stage.adapter.script = die
    with pytest.raises(KeyboardInterrupt):
        stage.deliver(ids, by=dying)
    stage.adapter.script = always(Sent())
    survivor = stage.worker(database=another_database)
    waiting = stage.deliver(ids, by=survivor)
    assert all(isinstance(fate, Postpone) and fate.seconds == 35 for fate in waiting.values())
    stage.clock.advance(seconds=36)
    assert set(stage.deliver(ids, by=survivor).values()) == {Done()}
    assert stage.adapter.batches[0].id == stage.adapter.batches[1].id


def test_a_worker_that_comes_back_after_its_lease_changes_nothing(stage: Stage, another_database: Database) -> None:
    (delivery_id,) = stage.tell()
    survivor = stage.worker(database=another_database)

    def stall(_delivery: Delivery) -> Outcome:
        stage.clock.advance(seconds=36)
        stage.adapter.script = always(Sent())
        assert stage.deliver([delivery_id], by=survivor) == {delivery_id: Done()}
        return Failed("too_late")

    stage.adapter.script = stall
    assert isinstance(stage.deliver([delivery_id])[delivery_id], Postpone)
    assert stage.row(delivery_id)["status"] == "sent"


def test_push_loads_devices_and_the_unread_count_as_badge(stage: Stage) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device="abc")
    stage.deliver([delivery_id], by=stage.worker("mobile_push"))
    (delivery,) = stage.adapter.batches[0].deliveries
    assert [device.token for device in delivery.devices] == ["abc0"]
    assert delivery.unread == 1


def test_a_dead_device_is_removed_unless_it_was_registered_again_since(stage: Stage) -> None:
    first, second = stage.tell(2, channel="mobile_push", device="abc")

    def dead(delivery: Delivery) -> Outcome:
        (device,) = delivery.devices
        since = device.registered_at + timedelta(seconds=1 if delivery.id == first else -1)
        return Sent(dead_devices=(DeadDevice(device.id, since),))

    stage.adapter.script = dead
    stage.deliver([first, second], by=stage.worker("mobile_push"))
    with stage.database.transaction() as connection:
        assert connection.execute(text("select count(*) from user_devices")).scalar_one() == 1


def test_unknown_and_foreign_delivery_ids_are_done_with(stage: Stage) -> None:
    (push_id,) = stage.tell(channel="mobile_push")
    stray = uuid4()
    fates = stage.deliver([stray])
    assert fates == {stray: Done()}
    assert push_id not in stage.adapter.told
