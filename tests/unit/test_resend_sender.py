"""What goes to Resend, and what a lost connection means; httpx's own mock transport stands for the network."""

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.email import EmailChannel
from owlpost.channels.letters import Letter, Mail
from owlpost.channels.mail import MailRenderer
from owlpost.channels.pacing import Pacer
from owlpost.channels.resend import ResendSender
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Retry, Sent
from tests.mails import NOON, batch, delivery, notification

LETTER = Letter("ada@example.com", Mail("R&D", "<p>Hi</p>", "Hi", headers={"X-Owlpost-Delivery": "1"}))


def sender(answer: Callable[[httpx.Request], httpx.Response], *, reply_to: str | None = None) -> ResendSender:
    return ResendSender(
        api_key="re_key",
        base_url="https://resend.test",
        pacer=Pacer(1_000_000.0, clock=lambda: 0.0, sleep=lambda _: None),
        sender="Owlmetry <owl@example.com>",
        reply_to=reply_to,
        transport=httpx.MockTransport(answer),
        now=lambda: NOON,
    )


class Recorder:
    """Accepts every mail and keeps the requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json={"data": [{"id": str(number)} for number, _ in enumerate(self.mails)]})

    @property
    def mails(self) -> list[dict[str, object]]:
        return list(json.loads(self.requests[-1].content))


def fault_after(error: Exception) -> TransientFault:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    [outcome] = sender(answer).send([LETTER], key="k", deadline=NOON + timedelta(seconds=20))
    assert isinstance(outcome, Retry)
    return outcome.fault


def test_a_call_carries_the_key_the_idempotency_key_and_permissive_validation() -> None:
    resend = Recorder()
    outcomes = sender(resend, reply_to="help@example.com").send([LETTER], key="batch-1", deadline=NOON + timedelta(20))
    [request] = resend.requests
    assert outcomes == [Sent({"provider_id": "0"})]
    assert str(request.url) == "https://resend.test/emails/batch"
    assert request.headers["authorization"] == "Bearer re_key"
    assert request.headers["idempotency-key"] == "batch-1"
    assert request.headers["x-batch-validation"] == "permissive"
    assert resend.mails == [
        {
            "from": "Owlmetry <owl@example.com>",
            "to": ["ada@example.com"],
            "subject": "R&D",
            "html": "<p>Hi</p>",
            "text": "Hi",
            "headers": {"X-Owlpost-Delivery": "1"},
            "reply_to": "help@example.com",
        }
    ]


def test_a_path_in_the_base_address_is_kept() -> None:
    resend = Recorder()
    through_proxy = ResendSender(
        api_key="re_key",
        base_url="https://proxy.test/resend",
        pacer=Pacer(2.0),
        sender="owl@example.com",
        transport=httpx.MockTransport(resend),
        now=lambda: NOON,
    )
    through_proxy.send([LETTER], key="k", deadline=NOON + timedelta(seconds=20))
    assert str(resend.requests[0].url) == "https://proxy.test/resend/emails/batch"


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
    sender(resend).send([LETTER], key="k", deadline=NOON + timedelta(seconds=left))
    limits = resend.requests[0].extensions["timeout"]
    assert limits["connect"] + limits["write"] + limits["read"] <= left
    assert limits["connect"] <= 3
    assert limits["read"] <= 10


def test_too_close_to_the_deadline_no_call_is_begun() -> None:
    resend = Recorder()
    [outcome] = sender(resend).send([LETTER], key="k", deadline=NOON + timedelta(seconds=0.5))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.counts, outcome.fault.ambiguous) == (False, False)
    assert resend.requests == []


def test_a_wrong_key_is_counted_for_the_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    refuse = sender(lambda _: httpx.Response(403, json={"name": "invalid_api_key", "message": "API key is invalid."}))
    refuse.send([LETTER], key="k", deadline=NOON + timedelta(seconds=20))
    output = capsys.readouterr().out
    assert "MailMisconfigured" in output
    assert "re_key" not in output


TEXT = st.text(max_size=200)
DATA = st.dictionaries(
    st.sampled_from(["issues", "issue_count", "status", "error", "dashboard_url"]), TEXT | st.integers()
)


@given(
    content=st.lists(st.tuples(st.sampled_from(["issue.digest", "job.completed", "app.review_new"]), TEXT, TEXT, DATA)),
)
def test_a_frozen_batch_makes_the_same_payload_on_every_attempt_and_in_every_container(
    content: list[tuple[str, str, str, dict[str, object]]],
) -> None:
    frozen = batch(
        delivery(),
        *(delivery(of=notification(type_, title=title, body=body, data=data)) for type_, title, body, data in content),
        id_=uuid4(),
    )
    attempts = [Recorder(), Recorder()]
    for resend in attempts:
        render = MailRenderer("https://owl.example.com", "a secret of some length")
        EmailChannel(sender=sender(resend), render=render).deliver(frozen)
    first, second = (resend.requests[0] for resend in attempts)
    assert first.content == second.content
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == str(frozen.id)
