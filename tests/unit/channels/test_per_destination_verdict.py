"""What each meaning of an answer does to the delivery, and to the destination."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from owlpost.channels.per_destination_verdict import Answer, Moved, Verdict, Visit, untried, verdict_of
from owlpost.channels.provider_answer import Meaning
from owlpost.domain.destinations import Destination
from owlpost.domain.messages import Delivery, Notification
from owlpost.seals import Seals

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
SEALS = Seals(["a key that seals in these tests alone, and elsewhere nothing"])
NOTIFICATION = Notification(uuid4(), "feedback.new", "t", None, None, {}, None, uuid4(), NOW)


def verdict(answer: Answer, *, state: str = "live", repeat: str = "twice") -> Verdict:
    destination = Destination(uuid4(), "Room", "sealed", state, NOW)
    visit = Visit(Delivery(uuid4(), uuid4(), NOTIFICATION), destination, {}, b"", NOW, 5.0)
    return verdict_of(answer, visit, SEALS, repeat=repeat)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("meaning", "outcome", "state"),
    [
        (Meaning.ACCEPTED, "delivered", None),
        (Meaning.DEAD, "dead", "dead"),
        (Meaning.OFF, "refused", "off"),
        (Meaning.REFUSED, "refused", None),
        (Meaning.PASSES, "transient", None),
        (Meaning.UNKNOWN, "unknown", None),
    ],
)
def test_the_destination_hears_of_it(meaning: Meaning, outcome: str, state: str | None) -> None:
    found = verdict(Answer(meaning, "code", 400))
    assert found.report
    assert (found.outcome, found.report.state) == (outcome, state)
    assert found.report.error == (None if meaning is Meaning.ACCEPTED else "code")


@pytest.mark.parametrize("meaning", [Meaning.TOO_FAST, Meaning.OPERATOR])
def test_a_rate_and_our_own_key_are_no_word_against_it_and_cost_no_attempt(meaning: Meaning) -> None:
    found = verdict(Answer(meaning, "code", retry_after=7.0))
    assert found.report is None
    assert found.fault
    assert (found.fault.counts, found.fault.retry_after) == (False, 7.0)
    assert found.fault.misconfigured is (meaning is Meaning.OPERATOR)


@pytest.mark.parametrize(
    ("repeat", "outcome"), [("twice", "unknown"), ("same", "transient"), ("replaces", "transient")]
)
def test_a_lost_answer_is_the_end_only_where_a_repeat_tells_the_person_twice(repeat: str, outcome: str) -> None:
    found = verdict(Answer.lost("no_answer"), repeat=repeat)
    assert found.outcome == outcome
    assert (found.fault is not None and found.fault.ambiguous) is (outcome == "transient")
    assert found.stops_others


@pytest.mark.parametrize(
    ("status", "server_error"), [(503, True), (500, True), (429, False), (404, False), (None, False)]
)
def test_a_server_error_is_one_that_was_answered(*, status: int | None, server_error: bool) -> None:
    found = verdict(Answer(Meaning.PASSES, "code", status))
    assert found.fault
    assert found.fault.server_error is server_error


@pytest.mark.parametrize(
    ("state", "becomes"), [("unverified", "live"), ("dead", "live"), ("live", None), ("off", None)]
)
def test_what_is_accepted_proves_a_destination_that_was_not_proven(state: str, becomes: str | None) -> None:
    found = verdict(Answer(Meaning.ACCEPTED), state=state)
    assert found.report
    assert found.report.state == becomes


def test_what_was_not_called_is_no_word_about_the_destination() -> None:
    found = verdict(Answer.skipped("no_key"))
    assert (found.outcome, found.reason, found.report, found.stops_others) == ("skipped", "no_key", None, False)


@pytest.mark.parametrize("meaning", [Meaning.ACCEPTED, Meaning.TOO_FAST, Meaning.REFUSED])
def test_a_new_address_is_kept_sealed_whatever_came_of_the_message(meaning: Meaning) -> None:
    found = verdict(Answer(meaning, moved=Moved("U1", {"user": "U1"}, exclusive=True)))
    assert found.report
    assert found.report.moved
    assert SEALS.open(found.report.id, found.report.moved.sealed) == {"user": "U1"}
    assert (found.report.moved.fingerprint, found.report.moved.exclusive) == (SEALS.fingerprints("U1")[0], True)


def test_what_waits_behind_a_failure_waits_as_long_and_loses_no_attempt() -> None:
    found = untried(verdict(Answer(Meaning.TOO_FAST, "http_429", retry_after=60.0)))
    assert found.fault
    assert (found.outcome, found.reason, found.fault.retry_after, found.fault.counts) == (
        "transient",
        "http_429",
        60.0,
        False,
    )
    assert untried(None).reason == "out_of_time"
    assert untried(verdict(Answer.lost("no_answer"))).reason == "no_answer"
