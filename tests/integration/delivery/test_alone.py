"""One person for whom the adapter raises, and nobody else to try it on: the adapter is believed broken, but not for ever."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Sent
from owlpost.services.delivery.settlement import GiveUpMessage
from tests.support.stage import BOUNDS, Stage


def tell(stage: Stage, people: int, channel: str = "mobile_push") -> list[UUID]:
    return stage.tell(people, channel=channel, device=f"{uuid4().hex}-" if channel == "mobile_push" else None)


def broken(_delivery: Delivery) -> Outcome:
    raise ZeroDivisionError


def probe(stage: Stage, ids: Sequence[UUID], channel: str = "mobile_push", *, hours: float) -> list[str]:
    """Deliver these three times an hour for so many hours. Return the reasons of those that were given up."""
    reasons: list[str] = []
    for _ in range(int(hours * 3)):
        fates = stage.deliver(ids, by=stage.worker(channel))
        reasons.extend(fate.reason for fate in fates.values() if isinstance(fate, GiveUpMessage))
        stage.clock.advance(minutes=20)
    return reasons


def seen(stage: Stage, ids: Sequence[UUID]) -> tuple[set[str], set[int], int]:
    """Return their statuses, their attempts, and the number of open pauses."""
    with stage.database.transaction() as connection:
        pauses = connection.exec_driver_sql("select count(*) from provider_pauses where closed_at is null").scalar_one()
    rows = [stage.row(each) for each in ids]
    return {row["status"] for row in rows}, {row["attempts"] for row in rows}, pauses


@pytest.mark.parametrize(("channel", "reason"), [("mobile_push", "adapter_error"), ("email", "outcome_unknown")])
def test_one_that_breaks_the_adapter_all_alone_is_given_up_in_the_end_and_the_pause_with_it(
    stage: Stage, channel: str, reason: str
) -> None:
    ids = tell(stage, 1, channel)
    stage.adapter.script = broken
    assert probe(stage, ids, channel, hours=11.5) == []
    assert seen(stage, ids) == ({"pending"}, {0}, 1)
    assert probe(stage, ids, channel, hours=4) == [f"attempts_exhausted: {reason}"]
    assert seen(stage, ids) == ({"failed"}, {BOUNDS.max_attempts}, 0)
    assert stage.row(ids[0])["error"] == reason
    stage.adapter.script = lambda _delivery: Sent()
    later = tell(stage, 1, channel)
    stage.deliver(later, by=stage.worker(channel))
    assert seen(stage, later) == ({"sent"}, {1}, 0)


def test_all_that_goes_to_one_person_is_no_witness_for_itself(stage: Stage) -> None:
    """Once rendered, deliveries differ in whom they go to: a phone that breaks the adapter breaks it for each of its pushes."""
    ids = tell(stage, 2)
    stage.change("update notifications set user_id = (select id from users order by id limit 1)")
    stage.adapter.script = broken
    probe(stage, ids, hours=16)
    assert seen(stage, ids) == ({"failed"}, {BOUNDS.max_attempts}, 0)


def test_an_adapter_that_raises_for_two_people_is_at_fault_itself(stage: Stage) -> None:
    ids = tell(stage, 2)
    stage.adapter.script = broken
    assert probe(stage, ids, hours=30) == []
    assert seen(stage, ids) == ({"pending"}, {0}, 1)


def test_nobody_is_alone_while_another_has_yet_to_be_tried(stage: Stage) -> None:
    ids = tell(stage, 1)
    stage.adapter.script = broken
    probe(stage, ids, hours=11.5)
    (other,) = tell(stage, 1)
    probe(stage, ids, hours=3)
    assert seen(stage, ids) == ({"pending"}, {0}, 1)
    stage.change("update notification_deliveries set waits_for = 'quiet_hours' where id = :id", id=other)
    probe(stage, ids, hours=3)
    assert seen(stage, ids) == ({"failed"}, {BOUNDS.max_attempts}, 0), (
        "what waits by a rule says nothing about the adapter"
    )
