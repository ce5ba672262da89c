"""A mail that is given up leaves a dead letter, and is called unknown only if the provider may have accepted it."""

from functools import partial
from uuid import UUID

import pytest

from owlpost.domain import commands
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.services.delivery.settlement import GiveUpMessage, MessageFate
from tests.support.services import redriving
from tests.support.stage import LEASE_SECONDS, Stage

#: As the e-mail channel reads a 503: nobody knows who wrote it, so the batch stays frozen within the window.
UNAVAILABLE = TransientFault("service_unavailable", ambiguous=True, counts=False)
TIMEOUT = TransientFault("timeout", ambiguous=True, counts=False)
LIMITED = TransientFault("rate_limited", retry_after=60, counts=False)


def a_day_of(stage: Stage, ids: list[UUID], *faults: TransientFault) -> set[MessageFate]:
    """Attempt the mails each hour, with these faults in turn, until they have ended. Return the last fates."""
    fates: set[MessageFate] = set()
    for hour in range(30):
        outcome = Retry(faults[min(hour, len(faults) - 1)])
        stage.adapter.script = partial(_always, outcome)
        fates = set(stage.deliver(stage.pending("email") or ids).values())
        if not stage.pending("email"):
            return fates
        stage.clock.advance(hours=1)
    raise AssertionError("they have not ended")


def _always(outcome: Outcome, _delivery: Delivery) -> Outcome:
    return outcome


def errors(stage: Stage, ids: list[UUID]) -> set[tuple[str, str | None]]:
    return {(stage.row(each)["status"], stage.row(each)["error"]) for each in ids}


def redriven(stage: Stage) -> int:
    command = commands.parse({"command": "redrive"})
    assert isinstance(command, commands.RedriveDeliveries)
    return redriving(stage.database, stage.queues, stage.clock).run(command).redriven


@pytest.mark.parametrize(
    "faults",
    [(UNAVAILABLE,), (LIMITED,), (TransientFault("unreachable", counts=False),), (UNAVAILABLE, LIMITED, UNAVAILABLE)],
    ids=["503", "429", "connection refused", "all of them"],
)
def test_a_mail_that_only_met_answers_of_not_accepted_ends_with_their_reason_and_is_redriven(
    stage: Stage, faults: tuple[TransientFault, ...]
) -> None:
    ids = stage.tell(2)
    assert all(isinstance(fate, GiveUpMessage) for fate in a_day_of(stage, ids, *faults))
    ((status, error),) = errors(stage, ids)
    assert (status, error) == ("failed", faults[-1].reason)
    assert redriven(stage) == 2


@pytest.mark.parametrize(
    "faults",
    [(TIMEOUT,), (TIMEOUT, UNAVAILABLE), (UNAVAILABLE, TIMEOUT, UNAVAILABLE)],
    ids=["always", "first", "in between"],
)
def test_a_mail_that_may_have_been_accepted_once_ends_unknown_and_is_not_redriven(
    stage: Stage, faults: tuple[TransientFault, ...]
) -> None:
    ids = stage.tell(2)
    fates = a_day_of(stage, ids, *faults)
    assert {fate.reason for fate in fates if isinstance(fate, GiveUpMessage)} == {"window_closed: outcome_unknown"}
    assert len(fates) == 1
    assert errors(stage, ids) == {("failed", "outcome_unknown")}
    assert redriven(stage) == 0


@pytest.mark.parametrize("dies_at", [0, 2], ids=["the first call", "a later call"])
def test_a_call_that_was_never_recorded_may_have_been_accepted(stage: Stage, dies_at: int) -> None:
    ids = stage.tell(2)

    def die(_delivery: Delivery) -> Outcome:
        raise KeyboardInterrupt

    stage.adapter.script = lambda _delivery: Retry(UNAVAILABLE)
    for _ in range(dies_at):
        stage.deliver(ids)
        stage.clock.advance(minutes=5)
    stage.adapter.script = die
    with pytest.raises(KeyboardInterrupt):
        stage.deliver(ids)
    stage.clock.advance(seconds=LEASE_SECONDS + 1)
    a_day_of(stage, ids, UNAVAILABLE)
    assert errors(stage, ids) == {("failed", "outcome_unknown")}


def test_a_mail_that_was_refused_for_hours_is_sent_when_the_provider_is_back(stage: Stage) -> None:
    ids = stage.tell(2)
    stage.adapter.script = lambda _delivery: Retry(UNAVAILABLE)
    for _ in range(5):
        stage.deliver(ids)
        stage.clock.advance(hours=1)
    stage.adapter.script = lambda _delivery: Sent()
    stage.deliver(ids)
    assert errors(stage, ids) == {("sent", None)}
    assert len({batch.id for batch in stage.adapter.batches}) == 1
