"""What a lost connection means, and how a call keeps to its time; httpx's own mock transport stands for the network."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from owlpost.channels.email.message import Mail, MailMessage
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Retry, Sent
from tests.support.mails import NOON, Recorder, resend_sender

MESSAGE = MailMessage("ada@example.com", Mail("R&D", "<p>Hi</p>", "Hi", headers={"X-Owlpost-Delivery": "1"}))


def fault_after(error: Exception) -> TransientFault:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    [outcome] = resend_sender(answer).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Retry)
    return outcome.fault


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]
)
def test_without_a_connection_nothing_was_sent(error: Exception) -> None:
    fault = fault_after(error)
    assert (fault.reason, fault.ambiguous, fault.counts) == ("unreachable", False, True)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.WriteTimeout("slow"),
        httpx.RemoteProtocolError("closed without an answer"),
        httpx.DecodingError("not gzip"),
    ],
)
def test_a_connection_lost_on_the_way_leaves_the_outcome_open(error: Exception) -> None:
    fault = fault_after(error)
    assert (fault.reason, fault.ambiguous) == ("answer_lost", True)


@pytest.mark.parametrize("left", [60.0, 8.0, 2.0])
def test_all_time_limits_of_a_call_together_fit_before_the_deadline(left: float) -> None:
    resend = Recorder()
    resend_sender(resend).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=left))
    limits = resend.requests[0].extensions["timeout"]
    assert limits["connect"] + limits["write"] + limits["read"] <= left
    assert limits["connect"] <= 3
    assert limits["read"] <= 10


def test_too_close_to_the_deadline_no_call_is_begun() -> None:
    resend = Recorder()
    [outcome] = resend_sender(resend).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=0.5))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.counts, outcome.fault.ambiguous) == (False, False)
    assert resend.requests == []


def over_the_limit(name: str = "rate_limit_exceeded", **headers: str) -> httpx.Response:
    return httpx.Response(429, json={"name": name}, headers={key.replace("_", "-"): headers[key] for key in headers})


def test_over_the_limit_the_same_call_is_made_again_when_resend_says(capsys: pytest.CaptureFixture[str]) -> None:
    resend = Recorder()

    def refuse_the_first(request: httpx.Request) -> httpx.Response:
        accepted = resend(request)
        return accepted if len(resend.requests) > 1 else over_the_limit(retry_after="1")

    [outcome] = resend_sender(refuse_the_first).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Sent)
    first, second = resend.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "k"
    assert first.content == second.content
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
def test_over_the_limit_for_longer_the_mails_come_back_later(refusal: httpx.Response, reason: str) -> None:
    requests = []

    def refuse(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return refusal

    [outcome] = resend_sender(refuse).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.ambiguous, outcome.fault.counts) == (reason, False, False)
    assert len(requests) == 1


def test_a_wrong_key_is_counted_for_the_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    refuse = resend_sender(
        lambda _: httpx.Response(403, json={"name": "invalid_api_key", "message": "API key is invalid."})
    )
    refuse.send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    output = capsys.readouterr().out
    assert "MailMisconfigured" in output
    assert "re_key" not in output


@pytest.mark.parametrize("status", [200, 422])
def test_an_endless_answer_is_cut_off_and_leaves_the_outcome_open(status: int) -> None:
    chunks = 0

    def endless(_: httpx.Request) -> httpx.Response:
        def stream() -> Iterator[bytes]:
            nonlocal chunks
            while True:
                chunks += 1
                yield b" " * 65_536

        return httpx.Response(status, content=stream())

    [outcome] = resend_sender(endless).send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.ambiguous) == ("unreadable_answer", True)
    assert chunks < 100
