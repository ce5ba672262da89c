"""What gathered while a person had quiet hours goes at their end as one mail and one push, once, whatever happens meanwhile."""

from datetime import timedelta

import pytest

from owlpost.domain import commands
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.services.delivery.settlement import Done
from owlpost.services.operator.explain import Explain
from owlpost.services.operator.forecast import Forecast
from tests.support.services import redriving
from tests.support.sleepers import Sleepers
from tests.support.stage import Stage

CHANNELS = ("email", "mobile_push")


@pytest.fixture
def sleepers(stage: Stage) -> Sleepers:
    return Sleepers(stage)


def told(stage: Stage) -> list[Delivery]:
    return [delivery for batch in stage.adapter.batches for delivery in batch.deliveries]


def titles(delivery: Delivery) -> list[str]:
    return [each.title for each in delivery.gathered] or [delivery.notification.title]


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_gathered_goes_as_one_that_lists_it_newest_first(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=3)
    sleepers.wake()
    fates = stage.deliver(ids, by=stage.worker(channel))
    (one,) = told(stage)
    assert titles(one) == ["News 2", "News 1", "News 0"]
    assert sleepers.statuses(ids) == ["sent"] * 3
    assert fates == dict.fromkeys(ids, Done())


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_first_message_takes_all_along_and_the_others_find_them_sent(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=4)
    sleepers.wake()
    for each in ids:
        assert stage.deliver([each], by=stage.worker(channel))[each] == Done()
    assert len(told(stage)) == 1
    assert sleepers.statuses(ids) == ["sent"] * 4


@pytest.mark.parametrize("channel", CHANNELS)
def test_only_one_goes_as_it_is(sleepers: Sleepers, channel: str) -> None:
    ids = sleepers.tell(sleepers.one(), channel=channel)
    sleepers.wake()
    sleepers.stage.deliver(ids, by=sleepers.stage.worker(channel))
    (one,) = told(sleepers.stage)
    assert (one.gathered, one.notification.title) == ((), "News 0")


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_person_gets_their_own_and_nobody_the_news_of_another(sleepers: Sleepers, channel: str) -> None:
    ada, bob = sleepers.one(), sleepers.one()
    ids = [*sleepers.tell(ada, bob, channel=channel, times=2), *sleepers.tell(bob, channel=channel, title="For Bob")]
    sleepers.wake()
    sleepers.stage.deliver(ids, by=sleepers.stage.worker(channel))
    assert {each.user_id: titles(each) for each in told(sleepers.stage)} == {
        ada.id: ["News 1", "News 0"],
        bob.id: ["For Bob", "News 1", "News 0"],
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_was_read_or_recalled_meanwhile_is_not_in_it(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=4)
    stage.change("update notifications set read_at = now() where title = 'News 1'")
    stage.change(
        "update notification_requests set recalled_at = now()"
        " where id = (select request_id from notifications where title = 'News 2')"
    )
    sleepers.wake()
    stage.deliver(ids, by=stage.worker(channel))
    assert [titles(each) for each in told(stage)] == [["News 3", "News 0"]]
    assert [(stage.row(each)["status"], stage.row(each)["error"]) for each in ids] == [
        ("sent", None),
        ("skipped", "read"),
        ("skipped", "recalled"),
        ("sent", None),
    ]


def test_a_repeated_mail_has_the_members_of_its_first_call(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel="email", times=3)
    sleepers.wake()
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    stage.deliver(ids[:1])
    stage.change("update notifications set read_at = now() where title = 'News 1'")
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(minutes=2)
    stage.deliver(ids[2:])
    first, second = told(stage)
    assert titles(first) == titles(second) == ["News 2", "News 1", "News 0"]
    assert (first.id, first.notification) == (second.id, second.notification)
    assert sleepers.statuses(ids) == ["sent"] * 3


def test_a_repeated_push_takes_the_place_of_the_first_though_some_was_read_meanwhile(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel="mobile_push", times=3)
    sleepers.wake()
    push = stage.worker("mobile_push")
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    stage.deliver(ids[:1], by=push)
    stage.change("update notifications set read_at = now() where title in ('News 0', 'News 2')")
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(minutes=2)
    stage.deliver(ids[1:2], by=push)
    first, second = told(stage)
    assert first.notification.id == second.notification.id, "the collapse id"
    assert titles(second) == ["News 1"]
    assert sleepers.statuses(ids) == ["skipped", "sent", "skipped"]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_wait_for_the_provider_does_not_part_them(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=3)
    others = stage.tell(1, channel=channel, device="token" if channel == "mobile_push" else None)
    worker = stage.worker(channel)
    refused = TransientFault("invalid_api_key", misconfigured=True)
    stage.adapter.script = lambda _delivery: Retry(refused)
    provider = "resend" if channel == "email" else "apns"
    stage.adapter.providers = {provider: refused.reason}
    stage.deliver(others, by=worker)
    sleepers.wake()
    stage.change("update provider_pauses set probe_at = now() + interval '1 minute'")
    stage.deliver(ids, by=worker)
    stage.adapter.script, stage.adapter.providers = lambda _delivery: Sent(), {provider: None}
    stage.clock.advance(minutes=30)
    for each in [*others, *ids]:
        stage.deliver([each], by=worker)
    assert max(map(titles, told(stage)), key=len) == ["News 2", "News 1", "News 0"]
    assert len(told(stage)) == 3, "the refused one, its repeat, and one for all that gathered"


@pytest.mark.parametrize("channel", CHANNELS)
def test_that_they_come_due_one_by_one_after_a_pause_does_not_part_them(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=3)
    sleepers.wake()
    worker = stage.worker(channel)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("rate_limited"))
    stage.deliver(ids, by=worker)
    for number, each in enumerate(ids):  # as a release does, and letting go of a hold
        due = stage.clock() + timedelta(minutes=number)
        stage.change("update notification_deliveries set next_attempt_at = :due where id = :id", due=due, id=each)
    stage.adapter.script = lambda _delivery: Sent()
    stage.deliver(ids[:1], by=worker)
    assert [titles(each) for each in told(stage)] == [["News 2", "News 1", "News 0"]] * 2
    assert sleepers.statuses(ids) == ["sent"] * 3


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_let_go_after_a_hold_still_goes_as_one(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=3)
    stage.change("insert into holds (reason, created_by) values ('a look at it', 'somebody')")
    sleepers.wake()
    stage.deliver(ids[:1], by=stage.worker(channel))
    assert {stage.row(each)["waits_for"] for each in ids} == {"held"}
    stage.change("update holds set ended_at = now()")
    stage.deliver(ids[1:2], by=stage.worker(channel))
    assert [titles(each) for each in told(stage)] == [["News 2", "News 1", "News 0"]]


def test_a_refused_batch_is_halved_between_people_and_not_between_the_news_of_one(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ada, bob = sleepers.one(), sleepers.one()
    ids = sleepers.tell(ada, bob, channel="email", times=3)
    sleepers.wake()

    def refuse_two(_delivery: Delivery) -> Outcome:
        whole = len(stage.adapter.batches[-1].deliveries) > 1
        return Retry(TransientFault("http_422", by_halves=True)) if whole else Sent()

    stage.adapter.script = refuse_two
    stage.deliver(ids)
    stage.clock.advance(minutes=2)
    stage.deliver(ids)
    assert [len(batch.deliveries) for batch in stage.adapter.batches] == [2, 1, 1]
    assert {each.user_id: titles(each) for each in told(stage)[2:]} == {
        person.id: ["News 2", "News 1", "News 0"] for person in (ada, bob)
    }


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_failed_as_one_is_driven_again_one_by_one(sleepers: Sleepers, channel: str) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel=channel, times=2)
    sleepers.wake()
    stage.adapter.script = lambda _delivery: Failed("http_400")
    stage.deliver(ids, by=stage.worker(channel))
    assert sleepers.statuses(ids) == ["failed"] * 2
    redriving(stage.database, stage.queues, stage.clock).run(
        commands.RedriveDeliveries(command="redrive", delivery_ids=tuple(ids))
    )
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(minutes=1)
    stage.deliver(ids, by=stage.worker(channel))
    assert [titles(each) for each in told(stage)[1:]] == [["News 0"], ["News 1"]]


def test_one_that_cannot_be_rendered_as_one_fails_as_one_and_its_neighbours_are_sent(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel="email", times=2)
    others = stage.tell(2)
    sleepers.wake()
    stage.adapter.unrenderable = {ids[0]}
    stage.deliver([*ids, *others])
    assert sleepers.statuses(ids) == ["failed"] * 2
    assert sleepers.statuses(others) == ["sent"] * 2


def test_after_one_that_could_not_be_rendered_and_a_dead_worker_the_others_are_repeated_as_they_were(
    sleepers: Sleepers,
) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel="email", times=2)
    others = stage.tell(2)
    sleepers.wake()
    stage.adapter.unrenderable = {ids[0]}

    def die(_delivery: Delivery) -> Outcome:
        raise KeyboardInterrupt

    stage.adapter.script = die
    with pytest.raises(KeyboardInterrupt):
        stage.deliver([*ids, *others])
    stage.adapter.script = lambda _delivery: Sent()
    stage.clock.advance(seconds=36)
    stage.deliver([*ids, *others])
    first, second = stage.adapter.batches
    assert [each.id for each in first.deliveries] == [each.id for each in second.deliveries] == others
    assert sleepers.statuses(others) == ["sent"] * 2
    assert sleepers.statuses(ids) == ["failed"] * 2


def test_explain_says_that_it_goes_as_one_with_the_others(sleepers: Sleepers) -> None:
    stage = sleepers.stage
    ids = sleepers.tell(sleepers.one(), channel="email", times=3)
    sleepers.wake()
    stage.deliver(ids)
    forecast = Forecast(lambda: frozenset({"RESEND_API_KEY"}))
    question = commands.ExplainDelivery(command="explain_delivery", delivery_id=ids[1])
    sentences = Explain(stage.database, forecast, stage.clock).delivery(question).sentences
    assert any(each.startswith("It goes as one with 2 others") for each in sentences)
