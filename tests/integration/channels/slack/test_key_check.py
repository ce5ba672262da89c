"""What an operator asks of Slack: its word on our token and its scopes, of which nobody hears."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from infra.local.providers.slack import TOKEN
from owlpost.channels.slack.channel import SlackChannel, build
from owlpost.domain.findings import Finding
from tests.support.catalogue_check import honest_providers
from tests.support.receiving import KEYS


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options()) as running:
        yield running


def asked(providers: Providers, token: str = TOKEN) -> list[Finding]:
    given = {"SLACK_BASE_URL": f"{providers.urls['slack']}/api", "DESTINATION_KEYS": KEYS[0]}
    adapter = build(given | ({"SLACK_BOT_TOKEN": token} if token else {}))
    assert isinstance(adapter, SlackChannel)
    try:
        return list(adapter.check_keys(deadline=datetime.now(UTC) + timedelta(seconds=30)))
    finally:
        adapter.close()


def answering(providers: Providers, name: str, match: str) -> None:
    providers.faults.add(Fault(provider="slack", fault="answer", answer=name, match=match))


def test_a_token_that_slack_takes_names_the_app_and_where_it_is(providers: Providers) -> None:
    assert asked(providers) == [
        Finding("Slack", "good", "takes our token: owlpost in Subarachnoid Workspace"),
        Finding("Slack, look-up of people", "good", "finds people by their address"),
    ]
    assert not providers.ledger.accepted()


def test_a_token_that_slack_does_not_take_is_wrong_and_is_not_shown(providers: Providers) -> None:
    [found] = asked(providers, "xoxb-another-token")
    assert (found.level, found.said) == ("wrong", "refuses: invalid_auth")
    assert "SLACK_BOT_TOKEN" in found.remedy
    assert "another-token" not in f"{found}"


@pytest.mark.parametrize("answer", ["token_revoked", "account_inactive"])
def test_a_token_that_was_taken_back_is_wrong(providers: Providers, answer: str) -> None:
    answering(providers, answer, "auth.test")
    [found] = asked(providers)
    assert (found.level, found.said) == ("wrong", f"refuses: {answer}")


def test_a_scope_that_is_missing_is_named(providers: Providers) -> None:
    answering(providers, "missing_scope", "lookupByEmail")
    [token, found] = asked(providers)
    assert (token.level, found.level, found.said) == ("good", "wrong", "refuses: missing_scope")
    assert "users:read.email" in found.remedy


@pytest.mark.parametrize("fault", ["error_503", "reset", "rate_limit"])
def test_what_may_pass_is_not_called_wrong(providers: Providers, fault: str) -> None:
    providers.faults.add(Fault.model_validate({"provider": "slack", "fault": fault}))
    [found] = asked(providers)
    assert found.level == "unknown"


def test_without_a_token_there_is_nobody_to_ask(providers: Providers) -> None:
    [found] = asked(providers, "")
    assert found.level == "note"
