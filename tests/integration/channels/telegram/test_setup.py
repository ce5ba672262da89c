"""What an operator asks of Telegram: its word on our token, and that it sends its updates here."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.telegram.channel import TelegramChannel, build
from owlpost.domain.findings import Finding
from tests.support.catalogue_check import honest_providers

SECRET = "a-secret-of-these-tests-alone"


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options()) as running:
        yield running


def asked(providers: Providers, what: str, **more: str) -> Finding:
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
        [finding] = ask(deadline=deadline)
    finally:
        adapter.close()
    return finding


def test_a_token_that_telegram_takes_is_of_a_bot_with_a_name(providers: Providers) -> None:
    assert asked(providers, "check") == Finding("Telegram", "good", "takes our token: @owlpost_bot")


def test_updates_come_to_us_with_our_secret(providers: Providers) -> None:
    found = asked(providers, "announce")
    assert (found.level, found.said) == ("good", "sends its updates to https://owl.example/v1/provider-events/telegram")


@pytest.mark.parametrize("what", ["check", "announce"])
def test_a_token_that_is_not_taken_is_said_to_be_wrong(providers: Providers, what: str) -> None:
    found = asked(providers, what, TELEGRAM_BOT_TOKEN="1:" + "x" * 35)
    assert (found.level, found.said) == ("wrong", "refuses: Unauthorized (401)")
    assert "x" * 35 not in f"{found}"


@pytest.mark.parametrize(("fault", "level"), [("error_500", "unknown"), ("reset", "unknown")])
def test_what_may_pass_is_not_called_wrong(providers: Providers, fault: str, level: str) -> None:
    providers.faults.add(Fault.model_validate({"provider": "telegram", "fault": fault}))
    assert asked(providers, "announce").level == level


def test_without_a_token_there_is_nobody_to_ask(providers: Providers) -> None:
    assert asked(providers, "check", TELEGRAM_BOT_TOKEN="").level == "note"
    assert asked(providers, "announce", TELEGRAM_BOT_TOKEN="").level == "wrong"


@pytest.mark.parametrize("site", ["", "http://localhost:8080"])
def test_telegram_itself_sends_updates_to_https_alone(providers: Providers, site: str) -> None:
    found = asked(providers, "announce", WEB_URL=site, TELEGRAM_BASE_URL="")
    assert (found.level, found.said) == ("wrong", "sends updates to https alone")
