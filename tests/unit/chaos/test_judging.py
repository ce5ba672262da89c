"""The judge of a chaos run: what a channel by destination may leave behind, by what it promises of a repeat."""

from uuid import uuid4

import pytest

from tests.chaos.balance import Delivery
from tests.chaos.destinations import judged

SENT, IN_DOUBT, PENDING = ("sent", None), ("failed", "outcome_unknown"), ("pending", None)


@pytest.mark.parametrize(
    ("repeat", "ended", "fine"),
    [
        ("same", SENT, {1}),
        ("twice", SENT, {1}),
        ("replaces", SENT, {1, 2}),
        ("same", IN_DOUBT, set()),
        ("twice", IN_DOUBT, {0, 1}),
        ("replaces", IN_DOUBT, set()),
        ("same", PENDING, set()),
        ("twice", PENDING, set()),
        ("replaces", PENDING, set()),
    ],
)
def test_what_was_lost_or_came_too_often_is_a_broken_promise(
    repeat: str, ended: tuple[str, str | None], fine: set[int]
) -> None:
    delivery = Delivery(uuid4(), uuid4(), None, uuid4(), "chat", *ended, ())
    assert {times for times in range(3) if not list(judged(repeat, [delivery], times))} == fine
