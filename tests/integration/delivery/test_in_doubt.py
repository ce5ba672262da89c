"""What nobody can know is counted: mails and messages that may be out, and those that a repeat may tell twice."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Failed, Outcome, Retry
from tests.support.stage import Stage

Output = pytest.CaptureFixture[str]


def counted(capsys: Output) -> dict[str, float]:
    """The counters of doubt that were written for the channel."""
    found: dict[str, float] = {}
    for line in capsys.readouterr().out.splitlines():
        said = json.loads(line)
        for name in ("OutcomeUnknown", "RetriedAfterServerError"):
            if name in said:
                assert said["channel"] == "email"
                found[name] = found.get(name, 0) + said[name][0]
    return found


def deliver(stage: Stage, outcome: Callable[[], Outcome], *, twice: bool) -> None:
    ids = stage.tell(3)
    worker = stage.worker()
    worker = replace(worker, channel=replace(worker.channel, twice=twice, freezes_batches=False))
    stage.adapter.script = lambda delivery: (
        outcome() if delivery.id != ids[0] else Retry(TransientFault("rate_limited"))
    )
    stage.deliver(ids, by=worker)


@pytest.mark.parametrize(
    ("fault", "twice", "told"),
    [
        (TransientFault("http_503", server_error=True), True, {"RetriedAfterServerError": 2}),
        (TransientFault("http_503", server_error=True), False, {}),
        (TransientFault("unreachable"), True, {}),
        (TransientFault("answer_lost", ambiguous=True), True, {"OutcomeUnknown": 2}),
    ],
    ids=["an answered 5xx", "a repeat that is recognised", "nothing was sent", "a lost answer"],
)
def test_a_repeat_that_may_tell_twice_and_an_end_in_doubt_are_counted(
    stage: Stage, capsys: Output, fault: TransientFault, *, twice: bool, told: dict[str, float]
) -> None:
    deliver(stage, lambda: Retry(fault), twice=twice)
    assert counted(capsys) == told


def test_the_last_attempt_is_no_repeat(stage: Stage, capsys: Output) -> None:
    [id_] = stage.tell(1)
    worker = stage.worker()
    worker = replace(worker, channel=replace(worker.channel, twice=True, freezes_batches=False))
    stage.adapter.script = lambda _delivery: Retry(TransientFault("http_503", server_error=True))
    stage.change("update notification_deliveries set attempts = 1000, created_at = now() - interval '30 days'")
    capsys.readouterr()
    stage.deliver([id_], by=worker)
    assert stage.row(id_)["status"] == "failed"
    assert counted(capsys) == {}


def test_what_was_refused_is_not_in_doubt(stage: Stage, capsys: Output) -> None:
    deliver(stage, lambda: Failed("validation_error"), twice=True)
    assert counted(capsys) == {}
