"""`owlpost redrive --pending`: what waits for a retry goes now, and what waits by a rule is left alone."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from functions import operate
from infra.cli.main import main
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Retry, Sent
from tests.integration.operator.test_cli import in_process
from tests.support.queue_reading import take
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

FAR = 3_000.0


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> None:
    stage.clock.move_to(utc_now())
    wired.as_function("operate")


def hurry(**arguments: object) -> Any:
    return json.loads(json.dumps(operate.handler({"command": "hurry", **arguments}, Context())))


def fail(stage: Stage, ids: list[UUID], *, reason: str = "unavailable", ambiguous: bool = False) -> None:
    """An attempt that is to be repeated in most of an hour."""
    stage.adapter.script = lambda _delivery: Retry(TransientFault(reason, ambiguous=ambiguous, retry_after=FAR))
    stage.deliver(ids)
    stage.change(
        "update notification_deliveries set next_attempt_at = now() + interval '50 minutes'"
        " where status = 'pending' and waits_for is null and next_attempt_at is not null"
    )
    stage.adapter.script = lambda _delivery: Sent()
    stage.adapter.batches.clear()
    take(stage.queues, "email")


def test_what_waits_for_a_retry_goes_now_with_the_attempts_that_it_had(stage: Stage) -> None:
    ids = stage.tell(3)
    fail(stage, ids)
    stage.deliver(ids)
    assert stage.adapter.told == [], "it is not due yet"
    dry = hurry(dry_run=True)
    assert (dry["hurried"], dry["waiting"][0]["error"]) == (3, "unavailable")
    stage.deliver(ids)
    assert stage.adapter.told == [], "a dry run changes nothing"
    assert hurry()["hurried"] == 3
    assert {stage.row(each)["attempts"] for each in ids} == {1}
    messages = take(stage.queues, "email")
    assert sorted(UUID(each.body) for each in messages) == sorted(ids)
    stage.clock.move_to(utc_now() + timedelta(seconds=1))  # at fifty a second the last is due a moment later
    stage.deliver(ids)
    assert sorted(stage.adapter.told) == sorted(ids)
    assert {stage.row(each)["attempts"] for each in ids} == {2}
    stage.deliver(ids)
    assert len(stage.adapter.told) == 3, "the message that it had before finds it ended"


def test_a_frozen_batch_goes_whole_although_one_member_is_meant(stage: Stage) -> None:
    first, other = stage.tell(2), stage.tell(1)
    fail(stage, [*first, *other], reason="timeout", ambiguous=True)
    frozen = {stage.row(each)["batch_id"] for each in [*first, *other]}
    assert len(frozen) == 1
    answer = hurry(delivery_ids=[str(first[0])], rate=0.01)
    assert (answer["hurried"], answer["waiting"][0]["batches"]) == (3, 1)
    stage.clock.move_to(utc_now())
    stage.deliver([first[0]])
    assert sorted(stage.adapter.told) == sorted([*first, *other])
    assert {batch.id for batch in stage.adapter.batches} == frozen


def test_it_goes_at_the_rate_that_was_asked_for_and_never_later_than_by_itself(stage: Stage) -> None:
    ids = stage.tell(4)
    fail(stage, ids)
    for each in ids:
        stage.change(
            "update notification_deliveries set batch_id = null, batched_at = null, batch_size = null where id = :id",
            id=each,
        )
    assert hurry(rate=0.1, limit=3)["more"]
    assert len(take(stage.queues, "email")) == 1, "the message of each comes at its turn"
    first, *others = sorted(stage.row(each)["next_attempt_at"] for each in ids)
    assert [round((each - first).total_seconds()) for each in others[:2]] == [10, 20]
    assert (others[2] - first).total_seconds() > FAR / 2, "the limit left it"
    before = {each: stage.row(each)["next_attempt_at"] for each in ids}
    hurry(rate=0.0001)
    assert all(stage.row(each)["next_attempt_at"] <= moment for each, moment in before.items())


@pytest.mark.parametrize("rule", ["held", "let_go", "quiet_hours", "not_before", "unread_first"])
def test_a_wait_by_a_rule_is_untouched(stage: Stage, rule: str) -> None:
    (delivery,) = stage.tell()
    fail(stage, [delivery])
    stage.change("update notification_deliveries set waits_for = :rule where id = :id", rule=rule, id=delivery)
    before = stage.row(delivery)
    assert hurry()["hurried"] == 0
    assert stage.row(delivery) == before


def test_a_delivery_with_a_worker_is_left_to_it(stage: Stage) -> None:
    (delivery,) = stage.tell()
    fail(stage, [delivery])
    stage.change(
        "update notification_deliveries set leased_until = now() + interval '30 seconds' where id = :id", id=delivery
    )
    assert hurry()["hurried"] == 0


def test_only_what_is_chosen_goes(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    mails, pushes = stage.tell(2), stage.tell(1, channel="mobile_push", device="token")
    fail(stage, mails)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", retry_after=FAR))
    stage.deliver(pushes, by=stage.worker("mobile_push"))

    def counted(*arguments: str) -> int:
        capsys.readouterr()
        assert main(["redrive", "--pending", "--dry-run", "--json", *arguments], connect=in_process) == 0
        lines = capsys.readouterr().out.splitlines()
        return int(
            json.loads("\n".join(line for line in lines if not line.startswith(('{"_aws"', '{"level"'))))["hurried"]
        )

    assert counted() == 3
    assert counted("--channel", "email") == 2
    assert counted("--reason", "timeout") == 1
    assert counted("--type", "issue.new") == 0
    assert main(["redrive", "--pending", "--channel", "emial"], connect=in_process) == 1
    assert "did you mean email" in capsys.readouterr().err
    assert main(["redrive", "--request", str(mails[0])], connect=in_process) == 2
    assert main(["redrive", "--pending"], connect=in_process) == 0
    assert "3 deliveries that waited for a retry go now." in capsys.readouterr().out
