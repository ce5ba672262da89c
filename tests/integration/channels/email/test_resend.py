"""The e-mail channel against the fake Resend, over real connections: what is in the ledger is what people got."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.email.channel import EmailChannel, mail_sender
from owlpost.channels.email.message import Mail, MailMessage
from owlpost.channels.email.render import MailRenderer
from owlpost.channels.email.resend import ResendSender
from owlpost.channels.email.settings import EmailSettings
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Failed, Retry, Sent
from tests.support.catalogue_check import honest_providers
from tests.support.mails import delivery, notification
from tests.support.stage import Stage


@dataclass
class Post:
    """The channel under test and the fake that it writes to."""

    channel: EmailChannel
    providers: Providers

    def deliver(self, *deliveries: Delivery, id_: UUID | None = None, seconds: float = 15.0) -> list[object]:
        deadline = datetime.now(UTC) + timedelta(seconds=seconds)
        contents = {each.id: self.channel.render(each) for each in deliveries}
        outcomes = self.channel.deliver(DeliveryBatch(id_ or uuid4(), deliveries, deadline), contents).outcomes
        return [outcomes[each.id] for each in deliveries]

    def fault(self, *deliveries: Delivery, id_: UUID | None = None, seconds: float = 15.0) -> TransientFault:
        """The one fault that all deliveries of a failed call share."""
        faults = {each.fault for each in self.deliver(*deliveries, id_=id_, seconds=seconds) if isinstance(each, Retry)}
        assert len(faults) == 1
        return faults.pop()

    def suffers(self, kind: str, **how: object) -> None:
        self.providers.faults.add(Fault.model_validate({"provider": "resend", "fault": kind, **how}))

    def accepted(self) -> list[dict[str, Any]]:
        """Everything accepted so far, in that order."""
        return self.providers.ledger.accepted()[::-1]

    def mailed(self) -> list[str]:
        """The recipients of everything accepted so far."""
        return [mail["recipient"] for mail in self.accepted()]


def section(providers: Providers, **changes: str) -> dict[str, str]:
    return {
        "RESEND_API_KEY": providers.credentials.accounts.resend_api_key,
        "RESEND_BASE_URL": providers.urls["resend"],
        "RESEND_CALLS_PER_SECOND": "100",
        "EMAIL_FROM": "Owlmetry <owl@example.org>",
        "WEB_URL": "https://owl.example.com",
        "UNSUBSCRIBE_KEYS": "a secret of some length",
        **changes,
    }


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path) as running:
        yield running


@contextmanager
def posting(providers: Providers, **changes: str) -> Iterator[Post]:
    settings = EmailSettings.from_section(section(providers, **changes))
    sender = mail_sender(settings)
    assert isinstance(sender, ResendSender)
    render = MailRenderer(settings.web_url, settings.unsubscribe_keys[0])
    with closing(sender):
        yield Post(EmailChannel(sender=sender, render=render), providers)


@pytest.fixture
def post(providers: Providers) -> Iterator[Post]:
    with posting(providers) as post:
        yield post


def members(count: int) -> list[Delivery]:
    return [delivery(f"person{number}@example.org") for number in range(count)]


def test_a_hundred_people_are_mailed_by_one_call(post: Post) -> None:
    people = members(100)
    outcomes = post.deliver(*people)
    accepted = post.accepted()
    assert [mail["delivery_id"] for mail in accepted] == [str(each.id) for each in people]
    assert len({mail["idempotency_key"] for mail in accepted}) == 1
    assert outcomes == [Sent({"provider_id": mail["provider_id"]}) for mail in accepted]


def test_a_person_gets_the_mail_as_it_was_written(post: Post) -> None:
    post.deliver(delivery(of=notification(title="R&D 🦉", body="one\ntwo", link="/dashboard/x?a=1&b=2")))
    [mail] = post.accepted()
    assert mail["subject"] == "R&D 🦉"
    assert "one\ntwo" in mail["text"]
    assert "https://owl.example.com/dashboard/x?a=1&b=2" in mail["text"]
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["headers"]["from"] == "Owlmetry <owl@example.org>"


def test_one_refused_address_fails_alone(post: Post) -> None:
    post.suffers("reject_address", match="person1@")
    first, second, third = post.deliver(*members(3))
    assert isinstance(second, Failed)
    assert second.reason == "validation_error"
    assert isinstance(first, Sent)
    assert isinstance(third, Sent)
    assert post.mailed() == ["person0@example.org", "person2@example.org"]


def test_one_mail_for_which_the_whole_call_is_refused_fails_alone(post: Post, stage: Stage) -> None:
    ids = stage.tell(6)
    stage.change(
        "update users set email = 'bad@example.net' where id = (select max(cast(id as text))::uuid from users)"
    )
    post.suffers("reject_call", match="bad@example.net")
    worker = replace(stage.worker(), adapter=post.channel)
    while pending := stage.pending("email"):
        worker.deliver(pending, deadline=datetime.now(UTC) + timedelta(seconds=20))
        stage.clock.advance(seconds=61)
    assert sorted(stage.row(each)["status"] for each in ids) == ["failed", *["sent"] * 5]
    assert len(post.mailed()) == 5
    assert "bad@example.net" not in post.mailed()


def test_where_resend_knows_no_permissive_batches_one_bad_mail_is_found_by_halves(post: Post, stage: Stage) -> None:
    ids = stage.tell(6)
    stage.change(
        "update users set email = 'bad@example.com' where id = (select max(cast(id as text))::uuid from users)"
    )
    post.suffers("strict_batches")
    worker = replace(stage.worker(), adapter=post.channel)
    while pending := stage.pending("email"):
        worker.deliver(pending, deadline=datetime.now(UTC) + timedelta(seconds=20))
        stage.clock.advance(seconds=61)
    assert sorted(stage.row(each)["status"] for each in ids) == ["failed", *["sent"] * 5]
    assert len(post.mailed()) == 5


@pytest.mark.parametrize("answer", ["daily_quota", "monthly_quota", "unverified_domain", "suspended_api_key"])
def test_what_the_operator_has_to_mend_pauses_resend_and_costs_no_attempt(post: Post, answer: str) -> None:
    post.suffers("answer", answer=answer)
    fault = post.fault(*members(2))
    assert (fault.counts, fault.ambiguous, fault.misconfigured) == (False, False, True)
    assert post.mailed() == []


@pytest.mark.parametrize(
    ("kind", "seconds"), [("reset_after", 15.0), ("timeout_after", 2.0), ("error_500", 15.0), ("error_503", 15.0)]
)
def test_after_an_open_outcome_the_same_batch_tells_everybody_once(post: Post, kind: str, seconds: float) -> None:
    people, frozen = members(3), uuid4()
    post.suffers(kind, times=1)
    assert post.fault(*people, id_=frozen, seconds=seconds).ambiguous
    again = post.deliver(*people, id_=frozen)
    assert all(isinstance(outcome, Sent) for outcome in again)
    assert sorted(post.mailed()) == [each.address for each in people]


def test_a_key_that_was_used_for_other_mails_sends_nothing_more(post: Post) -> None:
    frozen = uuid4()
    post.deliver(*members(2), id_=frozen)
    outcomes = post.deliver(*members(2), id_=frozen)
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, Failed)] == ["outcome_unknown"] * 2
    assert len(post.mailed()) == 2


def test_while_the_first_call_runs_the_second_leaves_the_outcome_open(post: Post) -> None:
    post.suffers("conflict", times=1)
    fault = post.fault(*members(1))
    assert (fault.reason, fault.ambiguous) == ("concurrent_idempotent_requests", True)


def test_a_rate_limit_is_waited_out_and_the_same_call_made_again(post: Post) -> None:
    post.suffers("rate_limit", times=1, retry_after=1)
    people, begun = members(3), time.monotonic()
    assert all(isinstance(outcome, Sent) for outcome in post.deliver(*people))
    assert time.monotonic() - begun >= 0.9
    assert post.mailed() == [each.address for each in people]


def test_a_rate_limit_past_the_deadline_names_its_delay(post: Post) -> None:
    post.suffers("rate_limit", times=1, retry_after=60)
    fault = post.fault(*members(1))
    assert (fault.reason, fault.counts, fault.ambiguous) == ("rate_limited", False, False)
    assert fault.retry_after == pytest.approx(60, abs=5)


def test_more_calls_than_the_limit_allows_are_spread_and_none_is_refused(tmp_path: Path) -> None:
    with Providers(tmp_path, Options(resend_rate=5)) as providers, posting(providers) as post:
        outcomes = [outcome for each in members(8) for outcome in post.deliver(each)]
    assert all(isinstance(outcome, Sent) for outcome in outcomes)


def test_a_connection_cut_without_an_answer_leaves_the_outcome_open(post: Post) -> None:
    post.suffers("reset", times=1)
    assert post.fault(*members(1)).ambiguous


def test_a_provider_that_cannot_be_reached_was_told_nothing(providers: Providers) -> None:
    message = MailMessage("ada@example.org", Mail("Hello", "<p>Hi</p>", "Hi"))
    with socket.socket() as taken:  # nobody listens, and nobody else can
        taken.bind(("127.0.0.1", 0))
        gone = section(providers, RESEND_BASE_URL=f"http://127.0.0.1:{taken.getsockname()[1]}")
        sender = mail_sender(EmailSettings.from_section(gone))
        [outcome] = sender.send([message], key="k", deadline=datetime.now(UTC) + timedelta(seconds=15))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.ambiguous) == ("unreachable", False)


def test_a_wrong_key_delays_and_loses_nothing(providers: Providers) -> None:
    with posting(providers, RESEND_API_KEY="re_wrong") as post:
        fault = post.fault(*members(2))
        assert (fault.reason, fault.counts, fault.ambiguous) == ("validation_error", False, False)
        assert post.mailed() == []
