"""A mail or push that cannot be rendered fails alone, before the provider is called, and can be driven again."""

from collections.abc import Callable
from uuid import UUID

import pytest

from owlpost.domain import commands
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.services.delivery.settlement import Done, Postpone
from tests.support.log_reading import logged
from tests.support.services import redriving
from tests.support.stage import Stage


def always(outcome: Outcome) -> Callable[[Delivery], Outcome]:
    return lambda _delivery: outcome


def states(stage: Stage, ids: list[UUID]) -> list[tuple[str, str | None]]:
    return [(stage.row(each)["status"], stage.row(each)["error"]) for each in ids]


def die_in_the_call(stage: Stage, ids: list[UUID]) -> None:
    """The provider is called, the worker dies before it records what it heard, and its lease ends."""

    def die(_delivery: Delivery) -> Outcome:
        raise KeyboardInterrupt

    stage.adapter.script = die
    with pytest.raises(KeyboardInterrupt):
        stage.deliver(ids)
    stage.clock.advance(seconds=36)


@pytest.mark.parametrize("channel", ["email", "mobile_push"])
def test_one_that_cannot_be_rendered_fails_alone_and_its_neighbours_are_sent(stage: Stage, channel: str) -> None:
    ids = stage.tell(60, channel=channel, device="token" if channel == "mobile_push" else None)
    stage.adapter.unrenderable = {ids[7]}
    fates = stage.deliver(ids, by=stage.worker(channel))
    assert set(fates.values()) == {Done()}
    assert states(stage, [ids[7]]) == [("failed", "render_error")]
    assert states(stage, [each for each in ids if each != ids[7]]) == [("sent", None)] * 59
    assert "ambiguous" not in stage.row(ids[7])["attempt_metadata"]["history"][-1]


def test_without_anything_that_can_be_rendered_the_provider_is_not_called(stage: Stage) -> None:
    ids = stage.tell(2)
    stage.adapter.unrenderable = set(ids)
    stage.deliver(ids)
    assert stage.adapter.batches == []
    assert states(stage, ids) == [("failed", "render_error")] * 2


def test_it_is_logged_once_a_type_with_its_traceback_and_counted(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = stage.tell(5)
    stage.adapter.unrenderable = set(ids[:3])
    with logged() as log:
        stage.deliver(ids)
    line = log.one("rendering failed")
    assert (line["type"], line["deliveries"], line["exception_name"]) == ("feedback.new", 3, "ZeroDivisionError")
    assert "in render" in line["exception"]
    assert '"RenderFailed":[3' in capsys.readouterr().out.replace(" ", "")


def test_the_rest_of_its_frozen_batch_is_asked_again_without_it(stage: Stage) -> None:
    ids = stage.tell(3)
    stage.adapter.unrenderable = {ids[1]}
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    stage.deliver(ids)
    assert states(stage, [ids[1]]) == [("failed", "render_error")]
    stage.clock.advance(seconds=61)
    stage.adapter.script = always(Sent())
    stage.deliver([ids[0]])
    first, second = stage.adapter.batches
    assert first.id == second.id
    assert [each.id for each in first.deliveries] == [each.id for each in second.deliveries] == [ids[0], ids[2]]
    assert states(stage, [ids[0], ids[2]]) == [("sent", None)] * 2


def test_after_a_worker_died_in_the_call_the_same_members_are_sent_under_the_same_id(stage: Stage) -> None:
    ids = stage.tell(3)
    stage.adapter.unrenderable = {ids[1]}
    die_in_the_call(stage, ids)
    stage.adapter.script = always(Sent())
    stage.deliver(ids)
    first, second = stage.adapter.batches
    assert (first.id, first.deliveries) == (second.id, second.deliveries)
    assert states(stage, ids) == [("sent", None), ("failed", "render_error"), ("sent", None)]


def test_after_a_worker_died_in_the_call_one_that_can_be_rendered_again_leaves_its_neighbours_unchanged(
    stage: Stage,
) -> None:
    """The provider compares a repeat with its first call, which went without the one that could not be rendered."""
    ids = stage.tell(3)
    stage.adapter.unrenderable = {ids[1]}
    die_in_the_call(stage, ids)
    stage.adapter.unrenderable.clear()
    stage.adapter.script = always(Sent())
    stage.deliver(ids)
    called = {batch.id: [each.id for each in batch.deliveries] for batch in stage.adapter.batches}
    first = stage.adapter.batches[0]
    assert [each.id for each in first.deliveries] == called[first.id] == [ids[0], ids[2]]
    assert sorted(called.values()) == sorted([[ids[0], ids[2]], [ids[1]]])
    assert states(stage, ids) == [("sent", None)] * 3


def test_after_a_worker_died_in_the_call_its_batch_is_held_while_a_member_cannot_be_rendered_any_more(
    stage: Stage,
) -> None:
    ids = stage.tell(3)
    die_in_the_call(stage, ids)
    stage.adapter.unrenderable = {ids[1]}
    stage.adapter.script = always(Sent())
    stage.deliver(ids)
    assert states(stage, ids) == [("pending", "render_error")] * 3
    assert len(stage.adapter.batches) == 1
    stage.clock.advance(seconds=180)
    stage.adapter.unrenderable.clear()
    stage.deliver(ids)
    first, second = stage.adapter.batches
    assert first.id == second.id
    assert [each.id for each in first.deliveries] == [each.id for each in second.deliveries] == ids
    assert states(stage, ids) == [("sent", None)] * 3


def test_a_batch_that_was_called_is_held_while_a_member_cannot_be_rendered_any_more(stage: Stage) -> None:
    """The provider would refuse a smaller batch under the same key, and nobody would know what it had sent."""
    ids = stage.tell(2)
    stage.adapter.script = always(Retry(TransientFault("timeout", ambiguous=True)))
    stage.deliver(ids)
    stage.clock.advance(seconds=61)
    stage.adapter.unrenderable = {ids[1]}
    fates = stage.deliver(ids)
    assert all(isinstance(fate, Postpone) for fate in fates.values())
    assert len(stage.adapter.batches) == 1
    stage.clock.advance(seconds=180)
    stage.adapter.unrenderable.clear()
    stage.adapter.script = always(Sent())
    stage.deliver(ids)
    assert states(stage, ids) == [("sent", None)] * 2
    assert stage.adapter.batches[1].id == stage.adapter.batches[0].id


@pytest.mark.parametrize("people", [1, 3])
def test_a_batch_that_was_called_is_held_while_none_of_it_can_be_rendered_any_more(stage: Stage, people: int) -> None:
    """Else it would end as one that nobody has sent, and a redrive would send it once more under another key."""
    ids = stage.tell(people)
    stage.adapter.script = lambda _delivery: Retry(TransientFault("timeout", ambiguous=True))
    stage.deliver(ids)
    stage.adapter.unrenderable = set(ids)
    stage.clock.advance(minutes=2)
    stage.deliver(ids)
    assert {stage.row(each)["status"] for each in ids} == {"pending"}
    stage.adapter.unrenderable, stage.adapter.script = set(), lambda _delivery: Sent()
    stage.clock.advance(minutes=2)
    stage.deliver(ids)
    first, second = stage.adapter.batches
    assert first.id == second.id
    assert [each.id for each in first.deliveries] == [each.id for each in second.deliveries] == ids
    assert {stage.row(each)["status"] for each in ids} == {"sent"}


def test_a_redrive_takes_it_without_asking_twice(stage: Stage) -> None:
    ids = stage.tell(2)
    stage.adapter.unrenderable = {ids[0]}
    stage.deliver(ids)
    stage.adapter.unrenderable.clear()
    command = commands.parse({"command": "redrive"})
    assert isinstance(command, commands.RedriveDeliveries)
    assert redriving(stage.database, stage.queues, stage.clock).run(command).redriven == 1
    stage.deliver(ids)
    assert states(stage, ids) == [("sent", None)] * 2
