"""What a lost connection means, and how a call keeps to its time."""

from datetime import timedelta

import pytest

from owlpost.channels.email.message import Mail, MailMessage
from owlpost.channels.http_call import MOST_READ
from owlpost.channels.replies import AnswerLostError, NotSentError, Reply
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Retry, Sent
from tests.support.mails import NOON, Post, Recorder, raw, reply, resend_sender

MESSAGE = MailMessage("ada@example.com", Mail("R&D", "<p>Hi</p>", "Hi", headers={"X-Owlpost-Delivery": "1"}))


def fault_after(error: Exception) -> TransientFault:
    def answer(_: Post) -> Reply:
        raise error

    [outcome] = resend_sender(answer).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Retry)
    return outcome.fault


def test_without_a_connection_nothing_was_sent() -> None:
    fault = fault_after(NotSentError("ConnectError"))
    assert (fault.reason, fault.ambiguous, fault.counts) == ("unreachable", False, True)


def test_a_connection_lost_on_the_way_leaves_the_outcome_open() -> None:
    fault = fault_after(AnswerLostError("ReadTimeout"))
    assert (fault.reason, fault.ambiguous) == ("answer_lost", True)


@pytest.mark.parametrize(("left", "seconds"), [(60.0, 15.0), (8.0, 8.0), (2.0, 2.0)])
def test_a_call_ends_before_the_deadline_and_takes_a_quarter_of_a_minute_at_most(left: float, seconds: float) -> None:
    resend = Recorder()
    resend_sender(resend).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=left))
    assert resend.requests[0].seconds == seconds


def test_too_close_to_the_deadline_no_call_is_begun() -> None:
    resend = Recorder()
    [outcome] = resend_sender(resend).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=0.5))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.counts, outcome.fault.ambiguous) == (False, False)
    assert resend.requests == []


def over_the_limit(name: str = "rate_limit_exceeded", **headers: str) -> Reply:
    return reply(429, {"name": name}, **headers)


def test_over_the_limit_the_same_call_is_made_again_when_resend_says(capsys: pytest.CaptureFixture[str]) -> None:
    resend = Recorder()

    def refuse_the_first(request: Post) -> Reply:
        accepted = resend(request)
        return accepted if len(resend.requests) > 1 else over_the_limit(retry_after="1")

    [outcome] = resend_sender(refuse_the_first).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Sent)
    first, second = resend.requests
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == "k"
    assert first.body == second.body
    assert "MailOverLimit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        (over_the_limit(retry_after="60"), "rate_limited"),
        (over_the_limit(), "rate_limited"),
        (over_the_limit("daily_quota_exceeded", retry_after="1"), "daily_quota_exceeded"),
    ],
    ids=["past the deadline", "at no time named", "for the day"],
)
def test_over_the_limit_for_longer_the_mails_come_back_later(refusal: Reply, reason: str) -> None:
    requests = []

    def refuse(request: Post) -> Reply:
        requests.append(request)
        return refusal

    [outcome] = resend_sender(refuse).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.ambiguous, outcome.fault.counts) == (reason, False, False)
    assert len(requests) == 1


def test_a_wrong_key_is_counted_for_the_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    refuse = resend_sender(lambda _: reply(403, {"name": "invalid_api_key", "message": "API key is invalid."}))
    refuse.send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    output = capsys.readouterr().out
    assert "MailMisconfigured" in output
    assert "re_key" not in output


@pytest.mark.parametrize("status", [200, 422])
def test_an_endless_answer_is_cut_off_and_leaves_the_outcome_open(status: int) -> None:
    """Of which the client reads the beginning alone."""
    endless = resend_sender(lambda _: raw(status, b" " * MOST_READ))
    [outcome] = endless.send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.ambiguous) == ("unreadable_answer", True)
