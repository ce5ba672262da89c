"""The Slack channel against the fake: whom it reaches, what each answer means, and what is never told twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from infra.local.providers.slack import TOKEN, user_of
from infra.local.providers.slack_catalogue import ANSWERS
from owlpost.channels.adapter import ChannelAdapter
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.slack.channel import build
from owlpost.domain.errors import Misconfigured
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped
from tests.support.catalogue_check import honest_providers
from tests.support.receiving import KEYS
from tests.support.visits import SEALS, deliver, delivery, destination

ADDRESS = "ada@people.example"
ROOM = {"room_id": "C0123456789"}


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options(resend_rate=None)) as running:
        yield running


@pytest.fixture
def slack(providers: Providers) -> ChannelAdapter[Any]:
    return adapter(providers)


def adapter(providers: Providers, **changes: str) -> ChannelAdapter[Any]:
    section = {
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_BASE_URL": f"{providers.urls['slack']}/api",
        "DESTINATION_KEYS": KEYS[0],
        "WEB_URL": "https://owlpost.example",
        **changes,
    }
    return build({name: value for name, value in section.items() if value})


def told(providers: Providers) -> list[str]:
    return [each["recipient"] for each in providers.ledger.accepted() if each["channel"] == "slack"]


def answering(providers: Providers, name: str, *, match: str = "", times: int = 1) -> None:
    providers.faults.add(Fault(provider="slack", fault="answer", answer=name, match=match, times=times))


def test_a_room_is_told_by_its_id(providers: Providers, slack: ChannelAdapter[Any]) -> None:
    room = destination("bot_room", ROOM)
    one = delivery(room)
    report = deliver(slack, one)
    outcome = report.outcomes[one.id]
    assert isinstance(outcome, Sent)
    assert report.providers == {"slack": None}
    record = outcome.metadata["destinations"][str(room.id)]  # type: ignore[index]
    assert (record["outcome"], record["label"]) == ("delivered", "Room")
    assert record["ts"]
    assert told(providers) == ["C0123456789"]
    assert "C0123456789" not in json.dumps(outcome.metadata)


@pytest.mark.parametrize(("kind", "state"), [("bot_room", "live"), ("incoming_webhook", None)])
def test_a_test_proves_a_room_of_our_app_and_no_pasted_url(
    providers: Providers, slack: ChannelAdapter[Any], kind: str, state: str | None
) -> None:
    content = {**ROOM, "url": f"{providers.urls['slack']}/services/T/B/x"}
    one = delivery(destination(kind, content, state="unverified"))
    outcome = deliver(slack, one).outcomes[one.id]
    assert isinstance(outcome, Sent)
    assert [each.state for each in outcome.destinations] == [state]


def test_a_person_is_looked_up_by_their_address_with_the_first_test(
    providers: Providers, slack: ChannelAdapter[Any]
) -> None:
    new = destination("bot_dm", {}, state="unverified")
    one = delivery(new, address=ADDRESS)
    [report] = deliver(slack, one).outcomes[one.id].destinations
    assert told(providers) == [user_of(ADDRESS)]
    assert report.moved
    assert (report.state, report.moved.exclusive) == ("live", True)
    assert SEALS.open(new.id, report.moved.sealed) == {"user": user_of(ADDRESS)}
    assert report.moved.fingerprint == SEALS.fingerprints(user_of(ADDRESS))[0]


def test_a_known_person_is_not_looked_up_again(providers: Providers, slack: ChannelAdapter[Any]) -> None:
    answering(providers, "users_not_found", match="lookupByEmail")
    one = delivery(destination("bot_dm", {"user": "U123"}), address=ADDRESS)
    outcome = deliver(slack, one).outcomes[one.id]
    assert isinstance(outcome, Sent)
    assert outcome.destinations[0].moved is None
    assert told(providers) == ["U123"]


def test_somebody_who_is_not_in_the_workspace_stays_unverified(
    providers: Providers, slack: ChannelAdapter[Any]
) -> None:
    one = delivery(destination("bot_dm", {}, state="unverified"), address="ada@nobody.example")
    outcome = deliver(slack, one).outcomes[one.id]
    assert isinstance(outcome, Failed)
    [report] = outcome.destinations
    assert (outcome.reason, report.error, report.state, report.moved) == ("users_not_found",) * 2 + (None, None)
    assert told(providers) == []


@pytest.mark.parametrize("fault", ["reset_after", "error_503"])
def test_a_look_up_that_fails_is_tried_again_as_nobody_was_told(
    providers: Providers, slack: ChannelAdapter[Any], fault: str
) -> None:
    providers.faults.add(Fault(provider="slack", fault=fault, match="lookupByEmail", times=1))
    one = delivery(destination("bot_dm", {}, state="unverified"), address=ADDRESS)
    outcome = deliver(slack, one).outcomes[one.id]
    assert isinstance(outcome, Retry)
    assert not outcome.fault.ambiguous
    assert told(providers) == []


def test_without_a_token_incoming_webhooks_alone_are_reached(providers: Providers) -> None:
    slack = adapter(providers, SLACK_BOT_TOKEN="")
    hook = destination("incoming_webhook", {"url": f"{providers.urls['slack']}/services/T/B/x"})
    by_bot, by_hook = delivery(destination("bot_room", ROOM)), delivery(hook)
    outcomes = deliver(slack, by_bot, by_hook).outcomes
    assert isinstance(outcomes[by_bot.id], Skipped)
    assert outcomes[by_bot.id].reason == "no_slack_key"  # type: ignore[union-attr]
    assert isinstance(outcomes[by_hook.id], Sent)


BY_API = sorted(name for name in ANSWERS if not name.startswith("hook_") and name not in {"found", "posted", "who"})
BY_HOOK = sorted(name for name in ANSWERS if name.startswith("hook_"))


def check(outcome: Outcome, meaning: Meaning) -> None:
    """Each meaning ends the delivery, or does not, in its own way."""
    reported = outcome.destinations[0].state if outcome.destinations else None
    if meaning is Meaning.ACCEPTED:
        assert isinstance(outcome, Sent)
    elif meaning is Meaning.DEAD:
        assert isinstance(outcome, Skipped)
        assert (outcome.reason, reported) == ("destination_dead", "dead")
    elif meaning is Meaning.UNKNOWN:
        assert isinstance(outcome, Failed)
        assert (outcome.reason, reported) == ("outcome_unknown", None)
    elif meaning in {Meaning.REFUSED, Meaning.OFF}:
        assert isinstance(outcome, Failed)
        assert reported == ("off" if meaning is Meaning.OFF else None)
    else:
        assert isinstance(outcome, Retry)
        assert (outcome.fault.counts, outcome.fault.misconfigured, outcome.fault.ambiguous) == (
            meaning is Meaning.PASSES,
            meaning is Meaning.OPERATOR,
            False,
        )


@pytest.mark.parametrize("name", BY_API)
def test_each_answer_means_what_its_source_says(providers: Providers, slack: ChannelAdapter[Any], name: str) -> None:
    answering(providers, name)
    one = delivery(destination("bot_room", ROOM))
    report = deliver(slack, one)
    check(report.outcomes[one.id], ANSWERS[name].meaning)
    refuses = ANSWERS[name].meaning is Meaning.OPERATOR
    assert report.providers == ({"slack": (ANSWERS[name].document or {})["error"]} if refuses else {})


@pytest.mark.parametrize("name", BY_HOOK)
def test_each_answer_of_an_incoming_webhook_means_what_its_source_says(
    providers: Providers, slack: ChannelAdapter[Any], name: str
) -> None:
    answering(providers, name)
    one = delivery(destination("incoming_webhook", {"url": f"{providers.urls['slack']}/services/T/B/T0K3N"}))
    outcome = deliver(slack, one).outcomes[one.id]
    check(outcome, ANSWERS[name].meaning)
    assert "T0K3N" not in repr(outcome)


@pytest.mark.parametrize("kind", ["bot_room", "incoming_webhook"])
def test_an_answer_that_is_lost_leaves_it_unknown_and_is_never_repeated(
    providers: Providers, slack: ChannelAdapter[Any], kind: str
) -> None:
    providers.faults.add(Fault(provider="slack", fault="reset_after", times=1))
    to = destination(kind, {**ROOM, "url": f"{providers.urls['slack']}/services/T/B/x"})
    one = delivery(to)
    outcome = deliver(slack, one).outcomes[one.id]
    assert isinstance(outcome, Failed)
    assert outcome.reason == "outcome_unknown"
    again = delivery(to, metadata=outcome.metadata)
    assert isinstance(deliver(slack, again).outcomes[again.id], Failed)
    assert len(told(providers)) == 1


def test_one_room_in_doubt_keeps_nothing_from_another(providers: Providers, slack: ChannelAdapter[Any]) -> None:
    providers.faults.add(Fault(provider="slack", fault="reset_after", match="C0000000001", times=1))
    one = delivery(destination("bot_room", {"room_id": "C0000000001"}), destination("bot_room", ROOM))
    assert isinstance(deliver(slack, one).outcomes[one.id], Sent)


def test_a_rate_limit_is_obeyed_for_the_other_messages_to_that_room_and_for_no_other(
    providers: Providers, slack: ChannelAdapter[Any]
) -> None:
    providers.faults.add(Fault(provider="slack", fault="rate_limit", retry_after=30, match="C0000000001", times=1))
    busy, calm = destination("bot_room", {"room_id": "C0000000001"}), destination("bot_room", ROOM)
    first, second, other = delivery(busy), delivery(busy), delivery(calm)
    outcomes = deliver(slack, first, second, other).outcomes
    for each in (first, second):
        outcome = outcomes[each.id]
        assert isinstance(outcome, Retry)
        assert (outcome.fault.retry_after, outcome.fault.counts) == (30.0, False)
    assert isinstance(outcomes[other.id], Sent)
    assert told(providers) == ["C0123456789"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1"),
        ("SLACK_BASE_URL", "http://slack.com/api"),
        ("CHAT_CONTENT", "some"),
        ("WEB_URL", "x"),
    ],
)
def test_a_setting_that_makes_no_sense_is_found_at_the_start(providers: Providers, name: str, value: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        adapter(providers, **{name: value})
