"""Rooms of Microsoft Teams and Discord against the fakes: what each answer means, and what is never told twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.room_webhook_catalogue import DISCORD, TEAMS
from infra.local.providers.server import Options, Providers
from owlpost.channels.adapter import ChannelAdapter
from owlpost.channels.discord import channel as discord_channel
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.teams import channel as teams_channel
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped
from tests.support.catalogue_check import honest_providers
from tests.support.receiving import KEYS
from tests.support.visits import deliver, delivery, destination

ADAPTERS = {"teams": teams_channel.build, "discord": discord_channel.build}
ANSWERS = [("teams", name) for name in TEAMS] + [("discord", name) for name in DISCORD]
MEANINGS = {"teams": TEAMS, "discord": DISCORD}


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options(resend_rate=None)) as running:
        yield running


def adapter(key: str) -> ChannelAdapter[Any]:
    return ADAPTERS[key]({"DESTINATION_KEYS": KEYS[0], "WEB_URL": "https://owlpost.example"})


def told(providers: Providers, key: str) -> list[dict[str, Any]]:
    return [each for each in providers.ledger.accepted() if each["channel"] == key]


def check(outcome: Outcome, meaning: Meaning) -> None:
    reported = outcome.destinations[0].state if outcome.destinations else None
    match meaning:
        case Meaning.ACCEPTED:
            assert isinstance(outcome, Sent)
        case Meaning.DEAD:
            assert isinstance(outcome, Skipped)
            assert reported == "dead"
        case Meaning.OFF | Meaning.REFUSED:
            assert isinstance(outcome, Failed)
            assert reported == ("off" if meaning is Meaning.OFF else None)
        case Meaning.UNKNOWN:
            assert isinstance(outcome, Failed)
            assert (outcome.reason, reported) == ("outcome_unknown", None)
        case _:
            assert isinstance(outcome, Retry)
            assert (outcome.fault.counts, outcome.fault.ambiguous) == (meaning is Meaning.PASSES, False)


@pytest.mark.parametrize(("key", "name"), ANSWERS)
def test_each_answer_means_what_its_source_says(providers: Providers, key: str, name: str) -> None:
    providers.faults.add(Fault(provider=key, fault="answer", answer=name, times=1))
    one = delivery(destination("room_webhook", {"url": f"{providers.urls[key]}/T0K3N"}))
    outcome = deliver(adapter(key), one).outcomes[one.id]
    check(outcome, MEANINGS[key][name].meaning)
    assert "T0K3N" not in repr(outcome)


@pytest.mark.parametrize("key", ADAPTERS)
def test_an_answer_that_is_lost_leaves_it_unknown_and_is_never_repeated(providers: Providers, key: str) -> None:
    providers.faults.add(Fault(provider=key, fault="reset_after", times=1))
    to = destination("room_webhook", {"url": f"{providers.urls[key]}/room"})
    one = delivery(to)
    outcome = deliver(adapter(key), one).outcomes[one.id]
    assert isinstance(outcome, Failed)
    assert outcome.reason == "outcome_unknown"
    again = delivery(to, metadata=outcome.metadata)
    assert isinstance(deliver(adapter(key), again).outcomes[again.id], Failed)
    assert len(told(providers, key)) == 1


@pytest.mark.parametrize("key", ADAPTERS)
def test_a_retry_after_is_obeyed_for_that_room(providers: Providers, key: str) -> None:
    providers.faults.add(Fault(provider=key, fault="rate_limit", retry_after=7, match="/busy", times=1))
    busy = destination("room_webhook", {"url": f"{providers.urls[key]}/busy"})
    first, second = delivery(busy), delivery(busy)
    calm = delivery(destination("room_webhook", {"url": f"{providers.urls[key]}/calm"}))
    outcomes = deliver(adapter(key), first, second, calm).outcomes
    for each in (first, second):
        outcome = outcomes[each.id]
        assert isinstance(outcome, Retry)
        assert (outcome.fault.retry_after, outcome.fault.counts) == (7.0, False)
    assert isinstance(outcomes[calm.id], Sent)


@pytest.mark.parametrize("key", ADAPTERS)
@pytest.mark.parametrize("state", ["unverified", "dead"])
def test_a_test_that_is_taken_does_not_prove_a_room_by_itself(providers: Providers, key: str, state: str) -> None:
    one = delivery(destination("room_webhook", {"url": f"{providers.urls[key]}/x"}, state=state))
    outcome = deliver(adapter(key), one).outcomes[one.id]
    assert isinstance(outcome, Sent)
    assert [each.state for each in outcome.destinations] == [None]


def test_a_workflow_that_is_switched_off_says_so_by_its_code(providers: Providers) -> None:
    providers.faults.add(Fault(provider="teams", fault="answer", answer="switched_off", times=1))
    room = destination("room_webhook", {"url": f"{providers.urls['teams']}/x"})
    one = delivery(room)
    outcome = deliver(adapter("teams"), one).outcomes[one.id]
    assert isinstance(outcome, Failed)
    [report] = outcome.destinations
    assert (report.state, report.error) == ("off", "WorkflowTriggerIsNotEnabled")


def test_discord_says_by_its_id_that_it_has_the_message(providers: Providers) -> None:
    room = destination("room_webhook", {"url": f"{providers.urls['discord']}/api/webhooks/1/x?thread_id=7"})
    one = delivery(room)
    outcome = deliver(adapter("discord"), one).outcomes[one.id]
    record = outcome.metadata["destinations"][str(room.id)]  # type: ignore[index]
    assert (record["message_id"], record["status"]) == ("1", 200)
    assert json.loads(json.dumps(told(providers, "discord")[0]["payload"]))["allowed_mentions"] == {"parse": []}


def test_teams_takes_a_card_of_the_longest_notification(providers: Providers) -> None:
    one = delivery(
        destination("room_webhook", {"url": f"{providers.urls['teams']}/x"}), title="🦉" * 200, body="🦉" * 10_000
    )
    assert isinstance(deliver(adapter("teams"), one).outcomes[one.id], Sent)
    assert len(told(providers, "teams")) == 1


def test_teams_says_nothing_of_a_message_that_it_cannot_show(providers: Providers) -> None:
    card = {"type": "AdaptiveCard", "body": [{"inlines": [{"type": "TextRun", "text": "x" * 29_000}]}]}
    for body in ({}, {"type": "message"}, {"type": "message", "attachments": [{"content": card}]}):
        assert httpx.post(f"{providers.urls['teams']}/x", json=body).status_code == 202
    assert told(providers, "teams") == []
