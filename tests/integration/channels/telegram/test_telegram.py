"""The Telegram channel at the fake Bot API: what is sent, and what each answer means for the chat."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.local.providers import telegram_catalogue
from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.telegram.channel import TelegramChannel, build
from owlpost.domain.destinations import Destination
from owlpost.domain.errors import Misconfigured
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.telegram_chats import address_of
from owlpost.seals import Seals
from tests.support.catalogue_check import honest_providers
from tests.support.mails import delivery as told_to_ada
from tests.support.mails import notification
from tests.support.receiving import KEYS


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options()) as running:
        yield running


def section(providers: Providers, **more: str) -> dict[str, str]:
    return {
        "DESTINATION_KEYS": KEYS[0],
        "TELEGRAM_BOT_TOKEN": providers.credentials.accounts.telegram_token,
        "TELEGRAM_BASE_URL": providers.urls["telegram"],
        "WEB_URL": "https://owl.example",
        **more,
    }


def opened(settings: dict[str, str]) -> TelegramChannel:
    adapter = build(settings)
    assert isinstance(adapter, TelegramChannel)
    return adapter


@pytest.fixture
def sender(providers: Providers) -> Iterator[TelegramChannel]:
    adapter = opened(section(providers))
    yield adapter
    adapter.close()


def chat(number: int = 42, **content: object) -> Destination:
    id_ = uuid4()
    sealed = Seals(KEYS).seal(id_, {"chat_id": number, **content})
    return Destination(id_, "Ada", sealed, "live", datetime(2026, 11, 1, tzinfo=UTC), "chat")


def to(*chats: Destination, **of: Any) -> Delivery:
    return replace(told_to_ada(of=notification(**of)), destinations=chats)


def attempt(sender: TelegramChannel, *deliveries: Delivery) -> list[Outcome]:
    now = datetime.now(UTC)
    batch = DeliveryBatch(uuid4(), deliveries, now + timedelta(seconds=30), at=now)
    found = sender.deliver(batch, {each.id: sender.render(each) for each in deliveries}).outcomes
    return [found[each.id] for each in deliveries]


def fault(providers: Providers, name: str, **more: object) -> None:
    providers.faults.add(Fault.model_validate({"provider": "telegram", "fault": name, **more}))


def test_the_chat_is_told_with_a_button(providers: Providers, sender: TelegramChannel) -> None:
    [outcome] = attempt(sender, to(chat()))
    assert isinstance(outcome, Sent)
    [sent] = providers.ledger.accepted()
    assert sent["payload"] == {
        "chat_id": 42,
        "text": "New feedback in Pocket Atlas\n\nAda: love it",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": {"inline_keyboard": [[{"text": "Open", "url": "https://owl.example/dashboard/feedback/1"}]]},
    }
    [kept] = outcome.metadata["destinations"].values()  # type: ignore[attr-defined]
    assert kept["message_id"] == int(sent["provider_id"])


#: By the meaning that the catalogue gives an answer: what becomes of the delivery, and of the chat.
ENDS = {
    Meaning.ACCEPTED: (Sent, None),
    Meaning.REFUSED: (Failed, None),
    Meaning.DEAD: (Skipped, "dead"),
    Meaning.TOO_FAST: (Retry, None),
    Meaning.OPERATOR: (Retry, None),
    Meaning.PASSES: (Retry, None),
}


@pytest.mark.parametrize("name", sorted(telegram_catalogue.ANSWERS.keys() - {"moved"}))
def test_an_answer_means_what_its_source_says(providers: Providers, sender: TelegramChannel, name: str) -> None:
    fault(providers, "answer", answer=name)
    [outcome] = attempt(sender, to(chat()))
    meaning = telegram_catalogue.ANSWERS[name].meaning
    kind, state = ENDS[meaning]
    assert isinstance(outcome, kind)
    assert {each.state for each in outcome.destinations} <= {state}
    if isinstance(outcome, Retry):
        assert outcome.fault.counts is (meaning is Meaning.PASSES)
        assert outcome.fault.misconfigured is (meaning is Meaning.OPERATOR)


def test_a_wait_that_telegram_asks_for_is_kept(providers: Providers, sender: TelegramChannel) -> None:
    fault(providers, "rate_limit", retry_after=33)
    [outcome] = attempt(sender, to(chat()))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.retry_after, outcome.fault.counts) == (33.0, False)


@pytest.mark.parametrize("how", ["reset_after", "reset"])
def test_a_lost_answer_ends_in_doubt_as_a_repeat_would_tell_twice(
    providers: Providers, sender: TelegramChannel, how: str
) -> None:
    told = to(chat())
    fault(providers, how, times=1)
    [first] = attempt(sender, told)
    assert isinstance(first, Failed)
    assert first.reason == "outcome_unknown"
    attempt(sender, replace(told, metadata=first.metadata))
    assert len(providers.ledger.accepted()) <= 1


def test_where_no_connection_was_made_it_is_tried_again(providers: Providers) -> None:
    adapter = opened(section(providers, TELEGRAM_BASE_URL="http://localhost:1"))
    [outcome] = attempt(adapter, to(chat()))
    assert isinstance(outcome, Retry)
    assert not outcome.fault.ambiguous
    adapter.close()


def test_a_group_that_has_become_another_is_told_there(providers: Providers, sender: TelegramChannel) -> None:
    fault(providers, "answer", answer="moved", times=1)
    before = chat()
    [outcome] = attempt(sender, to(before))
    assert isinstance(outcome, Retry)
    assert outcome.fault.retry_after == 0.0
    [report] = outcome.destinations
    assert report.moved is not None
    assert report.moved.exclusive
    assert Seals(KEYS).open(before.id, report.moved.sealed) == {"chat_id": -1001557912345}
    assert report.moved.fingerprint == Seals(KEYS).fingerprints(address_of(-1001557912345))[0]
    [again] = attempt(sender, to(replace(before, sealed=report.moved.sealed)))
    assert isinstance(again, Sent)
    assert [each["recipient"] for each in providers.ledger.accepted()] == ["-1001557912345"]


def test_without_a_token_chats_are_passed_by(providers: Providers) -> None:
    adapter = opened(section(providers, TELEGRAM_BOT_TOKEN=""))
    [outcome] = attempt(adapter, to(chat()))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no_telegram_token"


@pytest.mark.parametrize("token", ["abc", "123:short", "123456789:" + "x" * 30 + "/../"])
def test_a_token_that_makes_no_sense_is_refused_and_not_shown(providers: Providers, token: str) -> None:
    with pytest.raises(Misconfigured, match="TELEGRAM_BOT_TOKEN") as caught:
        build(section(providers, TELEGRAM_BOT_TOKEN=token))
    assert token not in str(caught.value)


def test_nothing_that_is_kept_or_logged_holds_the_token_or_a_chat(
    providers: Providers, sender: TelegramChannel, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    token = providers.credentials.accounts.telegram_token
    with caplog.at_level("DEBUG"):
        fault(providers, "error_503", times=1)
        kept = [*attempt(sender, to(chat(987_654_321))), *attempt(sender, to(chat(987_654_321)))]
    ours = [each.getMessage() for each in caplog.records if each.name.startswith(("owlpost", "http"))]
    shown = f"{kept} {capsys.readouterr()} {ours}"
    assert token not in shown
    assert "987654321" not in shown
