"""What an operator asks of Telegram: its word on our token, and that it sends its updates here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.telegram.channel import TelegramChannel, build
from owlpost.channels.telegram.settings import TelegramSettings
from owlpost.channels.telegram.setup import UPDATES, where_updates_go
from owlpost.domain.findings import Finding
from tests.support.catalogue_check import honest_providers

SECRET = "a-secret-of-these-tests-alone"
ADDRESS = "https://owl.example/v1/provider-events/telegram"


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options()) as running:
        yield running


def asked(providers: Providers, what: str, **more: str) -> list[Finding]:
    given = {
        "TELEGRAM_BOT_TOKEN": providers.credentials.accounts.telegram_token,
        "TELEGRAM_BASE_URL": providers.urls["telegram"],
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "WEB_URL": "https://owl.example",
        **more,
    }
    adapter = build(given)
    assert isinstance(adapter, TelegramChannel)
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    try:
        ask = adapter.announce if what == "announce" else adapter.check_keys
        return list(ask(deadline=deadline))
    finally:
        adapter.close()


def test_a_token_that_telegram_takes_is_of_a_bot_with_a_name(providers: Providers) -> None:
    [token, updates] = asked(providers, "check")
    assert token == Finding("Telegram", "good", "takes our token: @owlpost_bot")
    assert (updates.level, updates.said) == ("wrong", "go nowhere, so nobody can connect a chat")
    assert updates.remedy.startswith("Run owlpost connect telegram")


def test_updates_come_to_us_with_our_secret(providers: Providers) -> None:
    [found] = asked(providers, "announce")
    assert (found.level, found.said) == ("good", "sends its updates to https://owl.example/v1/provider-events/telegram")
    [_, updates] = asked(providers, "check")
    assert updates == Finding(UPDATES, "good", f"come to {ADDRESS}")


def test_updates_that_go_elsewhere_are_said_to(providers: Providers) -> None:
    asked(providers, "announce", WEB_URL="https://other.example")
    [_, updates] = asked(providers, "check")
    assert (updates.level, updates.said) == ("wrong", f"go to other.example, and not to {ADDRESS}")


def test_what_telegram_tells_of_its_updates_may_get_no_answer(providers: Providers) -> None:
    providers.faults.add(Fault(provider="telegram", fault="reset", after=1))
    [token, updates] = asked(providers, "check")
    assert (token.level, updates.level) == ("good", "unknown")


@pytest.mark.parametrize(
    ("told", "level", "said"),
    [
        ({"allowed_updates": ["message"]}, "wrong", "lack my_chat_member"),
        # without a list Telegram sends those that everybody has, and these are among them
        ({}, "good", f"come to {ADDRESS}"),
        (
            {"pending_update_count": 3, "last_error_date": 1536852621, "last_error_message": "Connection refused"},
            "wrong",
            "do not reach us, and 3 wait: Connection refused",
        ),
        # all of them have come since
        ({"pending_update_count": 0, "last_error_date": 1536852621}, "good", f"come to {ADDRESS}"),
        ({"pending_update_count": 3, "last_error_date": 1536840000}, "good", f"come to {ADDRESS}"),
        ({"pending_update_count": 3, "last_error_date": "once"}, "good", f"come to {ADDRESS}"),
        ({"url": None}, "wrong", "go nowhere, so nobody can connect a chat"),
        ({"url": 4}, "wrong", "go nowhere, so nobody can connect a chat"),
    ],
)
def test_where_updates_go_is_said_in_a_sentence(told: dict[str, Any], level: str, said: str) -> None:
    settings = TelegramSettings.from_section({"WEB_URL": "https://owl.example"})
    found = where_updates_go(settings, {"url": ADDRESS, **told}, datetime.fromtimestamp(1536852700, UTC))
    assert (found.subject, found.level, found.said) == (UPDATES, level, said)


def test_the_error_that_telegram_was_seen_to_tell_of_is_long_over(providers: Providers) -> None:
    providers.faults.add(Fault(provider="telegram", fault="answer", answer="webhook_failing", after=1, times=1))
    [_, updates] = asked(providers, "check", WEB_URL="")
    assert updates.level == "good"


@pytest.mark.parametrize("what", ["check", "announce"])
def test_a_token_that_is_not_taken_is_said_to_be_wrong(providers: Providers, what: str) -> None:
    [found] = asked(providers, what, TELEGRAM_BOT_TOKEN="1:" + "x" * 35)
    assert (found.level, found.said) == ("wrong", "refuses: Unauthorized (401)")
    assert "x" * 35 not in f"{found}"


@pytest.mark.parametrize(("fault", "level"), [("error_503", "unknown"), ("reset", "unknown")])
def test_what_may_pass_is_not_called_wrong(providers: Providers, fault: str, level: str) -> None:
    providers.faults.add(Fault.model_validate({"provider": "telegram", "fault": fault}))
    [found] = asked(providers, "announce")
    assert found.level == level


def test_without_a_token_there_is_nobody_to_ask(providers: Providers) -> None:
    assert [each.level for each in asked(providers, "check", TELEGRAM_BOT_TOKEN="")] == ["note"]
    assert [each.level for each in asked(providers, "announce", TELEGRAM_BOT_TOKEN="")] == ["wrong"]


@pytest.mark.parametrize("site", ["", "http://localhost:8080"])
def test_telegram_itself_sends_updates_to_https_alone(providers: Providers, site: str) -> None:
    [found] = asked(providers, "announce", WEB_URL=site, TELEGRAM_BASE_URL="")
    assert (found.level, found.said) == ("wrong", "sends updates to https alone")
