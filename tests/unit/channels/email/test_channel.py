"""One call for a batch, and one bad address hurts itself alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from owlpost.channels.adapter import Promises
from owlpost.channels.email.channel import EmailChannel
from owlpost.channels.email.message import MailMessage
from owlpost.channels.email.render import MailRenderer
from owlpost.domain.errors import TransientFault
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped
from tests.support.mails import batch, delivery, outcomes


@dataclass
class ScriptedSender:
    outcome: Outcome = field(default_factory=Sent)
    calls: list[tuple[str, list[str]]] = field(default_factory=list)
    provider: str | None = "resend"
    promises: Promises = field(default_factory=lambda: Promises("same", freezes=True))

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:  # noqa: ARG002 (printing takes no time)
        self.calls.append((key, [message.to for message in messages]))
        return [self.outcome] * len(messages)


def channel(sender: ScriptedSender) -> EmailChannel:
    return EmailChannel(sender=sender, render=MailRenderer("https://owl.example.com"))


def test_a_batch_is_one_call_in_the_order_given_under_the_batchs_id() -> None:
    sender = ScriptedSender()
    members = [delivery(f"{name}@example.org") for name in ("zoe", "ada", "eve")]
    together = batch(*members)
    assert outcomes(channel(sender), together) == {member.id: Sent() for member in members}
    assert sender.calls == [(str(together.id), ["zoe@example.org", "ada@example.org", "eve@example.org"])]


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "a@b.example, c@d.example",
        "Ada <ada@example.org>",
        "ada@example.org\r\nBcc: x@y.example",
        "a b@c.example",
        "\u00e4da@example.com",
        "ada@\u200bexample.com",
    ],
)
def test_what_is_not_one_plain_address_fails_before_the_call_and_alone(address: str) -> None:
    sender = ScriptedSender()
    bad, good = delivery(address), delivery()
    assert outcomes(channel(sender), batch(bad, good)) == {bad.id: Failed("invalid_address"), good.id: Sent()}
    assert [to for _, to in sender.calls] == [["ada@example.org"]]


def test_an_international_domain_reaches_the_provider_in_ascii() -> None:
    sender = ScriptedSender()
    outcomes(channel(sender), batch(delivery("Ada@B\u00fccher.example")))
    assert [to for _, to in sender.calls] == [["Ada@xn--bcher-kva.example"]]


def test_without_anybody_to_write_to_no_call_is_made() -> None:
    sender = ScriptedSender()
    nobody = delivery(None)
    assert outcomes(channel(sender), batch(nobody)) == {nobody.id: Skipped("no_address")}
    assert sender.calls == []


def test_while_the_outcome_of_the_others_is_open_a_bad_address_has_failed_already() -> None:
    again = Retry(TransientFault("answer_lost", ambiguous=True))
    bad, good = delivery("nobody"), delivery()
    assert outcomes(channel(ScriptedSender(again)), batch(bad, good)) == {
        bad.id: Failed("invalid_address"),
        good.id: again,
    }


REFUSED = TransientFault("restricted_api_key", counts=False, misconfigured=True)


@pytest.mark.parametrize(
    ("outcome", "states"),
    [
        (Sent(), {"resend": None}),
        (Failed("validation_error"), {"resend": None}),
        (Retry(REFUSED), {"resend": "restricted_api_key"}),
        (Retry(TransientFault("http_503", ambiguous=True)), {}),
    ],
)
def test_the_report_says_whether_resend_takes_our_calls(outcome: Outcome, states: dict[str, str | None]) -> None:
    email, members = channel(ScriptedSender(outcome)), batch(delivery())
    contents = {each.id: email.render(each) for each in members.deliveries}
    assert email.deliver(members, contents).providers == states
