"""What goes as one at the end of quiet hours is told whole or not at all, whatever happens to a part of it meanwhile."""

from datetime import timedelta
from threading import Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Retry, Sent
from tests.support.engine_stage import eventually
from tests.support.row_locks import waits_for_a_lock
from tests.support.sleepers import Sleepers
from tests.support.stage import Stage

CHANNELS = ("email", "mobile_push")
ALL = ["News 2", "News 1", "News 0"]


@pytest.fixture
def sleepers(stage: Stage) -> Sleepers:
    return Sleepers(stage)


def told(stage: Stage) -> list[Delivery]:
    return [delivery for batch in stage.adapter.batches for delivery in batch.deliveries]


def titles(stage: Stage) -> list[list[str]]:
    return [[each.title for each in one.gathered] or [one.notification.title] for one in told(stage)]


def hold(stage: Stage, title: str) -> None:
    stage.change(
        "insert into holds (reason, created_by, request_id)"
        " select 'a look at it', 'somebody', request_id from notifications where title = :title",
        title=title,
    )


def let_go(stage: Stage) -> None:
    stage.change("update holds set ended_at = now()")


def deliver_during(
    stage: Stage, change: str, asked: list[UUID], channel: str, other: Database, **values: object
) -> None:
    """Deliver these while another connection has made a change, which it commits once the worker waits for it."""
    worker = stage.worker(channel)
    with other.transaction() as connection:
        connection.execute(text(change), values)
        delivering = Thread(target=stage.deliver, args=(asked,), kwargs={"by": worker})
        delivering.start()
        eventually(lambda: waits_for_a_lock(connection))
    delivering.join()


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_claim_that_did_not_see_the_others_gathered_does_not_take_one_alone(
    sleepers: Sleepers, another_database: Database, channel: str
) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=3)
    sleepers.wake()
    gather = """
        update notification_deliveries set waits_for = null, next_attempt_at = case when id = :first then next_attempt_at
            else next_attempt_at + interval '1 hour' end,
          gathered_in = (select notification_id from notification_deliveries where id = :first)
        where id = any(:ids)
    """
    deliver_during(stage, gather, ids[:1], channel, another_database, first=ids[0], ids=ids)
    assert told(stage) == []
    stage.deliver(ids[:1], by=stage.worker(channel))
    assert titles(stage) == [ALL]


def gathered_and_refused(sleepers: Sleepers, channel: str) -> list[UUID]:
    """Three that were tried as one and are due again later."""
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=3)
    sleepers.wake()
    stage.adapter.script = lambda _delivery: Retry(TransientFault("rate_limited"))
    stage.deliver(ids, by=stage.worker(channel))
    stage.adapter.script = lambda _delivery: Sent()
    return ids


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_claim_that_saw_none_of_them_due_takes_all_when_one_is_released_meanwhile(
    sleepers: Sleepers, another_database: Database, channel: str
) -> None:
    stage = sleepers.stage
    ids = gathered_and_refused(sleepers, channel)
    release = "update notification_deliveries set next_attempt_at = :due where id = :id"
    due = stage.clock() - timedelta(seconds=1)
    deliver_during(stage, release, ids, channel, another_database, id=ids[0], due=due)
    assert titles(stage) == [ALL] * 2
    assert sleepers.statuses(ids) == ["sent"] * 3


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_claim_that_finds_one_leased_meanwhile_does_not_take_the_others(
    sleepers: Sleepers, another_database: Database, channel: str
) -> None:
    stage = sleepers.stage
    ids = gathered_and_refused(sleepers, channel)
    stage.clock.advance(minutes=2)
    lease = "update notification_deliveries set leased_until = :until, lease_id = :lease_id where id = :id"
    until = stage.clock() + timedelta(seconds=30)
    deliver_during(stage, lease, ids, channel, another_database, id=ids[1], until=until, lease_id=uuid4())
    assert titles(stage) == [ALL]
    stage.clock.advance(minutes=1)
    stage.deliver(ids[:1], by=stage.worker(channel))
    assert titles(stage) == [ALL] * 2


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_claim_that_saw_them_due_leaves_them_when_they_are_put_off_meanwhile(
    sleepers: Sleepers, another_database: Database, channel: str
) -> None:
    stage = sleepers.stage
    ids = gathered_and_refused(sleepers, channel)
    stage.clock.advance(minutes=2)
    put_off = "update notification_deliveries set next_attempt_at = :due where id = any(:ids)"
    later = stage.clock() + timedelta(minutes=5)
    deliver_during(stage, put_off, ids, channel, another_database, ids=ids, due=later)
    assert titles(stage) == [ALL]


def test_what_some_phones_may_have_from_before_the_night_goes_by_itself(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel="mobile_push", times=3)
    stage.change("update notification_deliveries set attempted_at = now() where id = :id", id=ids[0])
    sleepers.wake()
    stage.deliver(ids, by=stage.worker("mobile_push"))
    assert sorted(titles(stage)) == [["News 0"], ["News 2", "News 1"]]


@pytest.mark.parametrize("channel", CHANNELS)
def test_one_that_is_held_stays_outside_and_goes_by_itself_later_under_its_own_name(
    sleepers: Sleepers, channel: str
) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=3)
    hold(stage, "News 0")
    sleepers.wake()
    stage.deliver(ids, by=stage.worker(channel))
    let_go(stage)
    stage.deliver(ids, by=stage.worker(channel))
    assert titles(stage) == [["News 2", "News 1"], ["News 0"]]
    first, second = told(stage)
    assert first.notification.id != second.notification.id, "the collapse id"


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_hold_of_one_holds_all_that_were_tried_as_one(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = gathered_and_refused(sleepers, channel)
    hold(stage, "News 1")
    stage.clock.advance(minutes=2)
    stage.deliver(ids, by=stage.worker(channel))
    assert {stage.row(each)["waits_for"] for each in ids} == {"held"}
    let_go(stage)
    stage.deliver(ids[:1], by=stage.worker(channel))
    assert titles(stage) == [ALL] * 2
    assert sleepers.statuses(ids) == ["sent"] * 3


def test_a_hold_of_one_outlasts_the_wait_of_another(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ids = gathered_and_refused(sleepers, "email")
    stage.change("update users set preferences = jsonb_set(preferences, '{notifications,email_after_minutes}', '60')")
    hold(stage, "News 1")
    stage.clock.advance(minutes=2)
    stage.deliver(ids)
    assert {(stage.row(each)["waits_for"], stage.row(each)["next_attempt_at"]) for each in ids} == {("held", None)}


def test_a_wait_of_one_is_the_wait_of_all_that_were_tried_as_one(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ids = gathered_and_refused(sleepers, "email")
    stage.change("update users set preferences = jsonb_set(preferences, '{notifications,email_after_minutes}', '60')")
    stage.clock.advance(minutes=2)
    stage.change("update notifications set created_at = created_at - interval '2 hours' where title <> 'News 2'")
    stage.deliver(ids)
    assert {(stage.row(each)["waits_for"], stage.row(each)["next_attempt_at"]) for each in ids} == {
        ("unread_first", stage.row(ids[2])["next_attempt_at"])
    }
    stage.clock.advance(hours=1)
    stage.deliver(ids[:1])
    assert titles(stage) == [ALL] * 2


def test_a_release_makes_them_due_at_one_moment(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    worker = stage.worker("mobile_push")
    refused = TransientFault("invalid_api_key", misconfigured=True)
    stage.adapter.script, stage.adapter.providers = lambda _delivery: Retry(refused), {"apns": refused.reason}
    first = stage.tell(1, channel="mobile_push", device="token")
    stage.deliver(first, by=worker)
    ids = sleepers.tell(sleepers.one(), channel="mobile_push", times=3)
    sleepers.wake()
    stage.change("update provider_pauses set probe_at = now() + interval '1 minute'")
    stage.deliver(ids, by=stage.worker("mobile_push"))
    stage.change("update provider_pauses set closed_at = now(), released_to = now()")
    stage.release("mobile_push").go_on(until=stage.clock() + timedelta(seconds=10))
    assert len({stage.row(each)["next_attempt_at"] for each in ids}) == 1
