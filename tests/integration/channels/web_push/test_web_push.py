"""The web push channel at the fake push service: what a browser reads, and what each answer means for its subscription."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from infra.local.providers import web_push_catalogue
from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.adapter import ChannelAdapter
from owlpost.channels.provider_answer import Meaning
from owlpost.channels.web_push.channel import build
from owlpost.channels.web_push.key_watch import SHARED_BY
from owlpost.channels.web_push.public_key import public_key
from owlpost.domain.destinations import Destination
from owlpost.domain.mass_death import LEAST_DEAD, WINDOW
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent, Skipped
from owlpost.domain.reasons import Reason
from owlpost.seals import Seals
from tests.support.catalogue_check import honest_providers
from tests.support.mails import delivery as told_to_ada
from tests.support.mails import notification
from tests.support.receiving import KEYS

SECRET = {"WEB_PUSH_SECRET": "a secret of these tests alone, and long"}


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options()) as running:
        yield running


def section(providers: Providers, **more: str) -> dict[str, str]:
    hosts = providers.urls["web_push"].removeprefix("http://")
    subject = "mailto:operator@owlpost.example"
    return {**SECRET, "DESTINATION_KEYS": KEYS[0], "WEB_PUSH_SUBJECT": subject, "WEB_PUSH_HOSTS": hosts, **more}


@pytest.fixture
def sender(providers: Providers) -> ChannelAdapter[bytes]:
    return build(section(providers))


Browser = Callable[..., Destination]


@pytest.fixture
def browser(providers: Providers) -> Browser:
    """A browser that has subscribed, with the page's key or another."""

    def subscribed(*, maker: str = "mozilla", key: str = "", **content: object) -> Destination:
        known = providers.browsers.subscribe(key or public_key(SECRET), maker)
        subscription = known.subscription(providers.urls["web_push"])
        id_ = uuid4()
        sealed = Seals(KEYS).seal(id_, {"url": subscription["endpoint"], **subscription["keys"], **content})
        return Destination(id_, f"{maker} of the test", sealed, "live", datetime(2026, 11, 1, tzinfo=UTC))

    return subscribed


def to(*browsers: Destination, **of: Any) -> Delivery:
    return replace(told_to_ada(of=notification(**of)), destinations=browsers, unread=3)


def attempt(sender: ChannelAdapter[bytes], *deliveries: Delivery, after: float = 0.0) -> list[Outcome]:
    now = datetime.now(UTC)
    batch = DeliveryBatch(uuid4(), deliveries, now + timedelta(seconds=30), at=now + timedelta(seconds=after))
    found = sender.deliver(batch, {each.id: sender.render(each) for each in deliveries}).outcomes
    return [found[each.id] for each in deliveries]


def fault(providers: Providers, name: str, **more: object) -> None:
    providers.faults.add(Fault.model_validate({"provider": "web_push", "fault": "answer", "answer": name, **more}))


@pytest.mark.parametrize("maker", ["mozilla", "google", "apple", "windows"])
def test_the_browser_reads_what_was_meant_for_it(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser, maker: str
) -> None:
    told = to(browser(maker=maker))
    [outcome] = attempt(sender, told)
    assert isinstance(outcome, Sent)
    [shown] = providers.ledger.accepted()
    assert shown["payload"] == {
        "id": str(told.notification.id),
        "title": "New feedback in Pocket Atlas",
        "body": "Ada: love it",
        "link": "/dashboard/feedback/1",
        "unread": 3,
    }
    assert (shown["provider"], shown["collapse_id"]) == (maker, told.notification.id.hex)
    assert shown["headers"]["urgency"] == "high"


def test_every_browser_of_a_person_is_told_and_a_repeat_tells_none_of_them_again(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser
) -> None:
    told = to(browser(), browser(maker="google"))
    [first] = attempt(sender, told)
    attempt(sender, replace(told, metadata=first.metadata))
    assert len(providers.ledger.accepted()) == 2


#: By the meaning that the catalogue gives an answer: what becomes of the delivery, and of the subscription.
ENDS = {
    Meaning.ACCEPTED: (Sent, None),
    Meaning.REFUSED: (Failed, None),
    Meaning.DEAD: (Skipped, "dead"),
    Meaning.TOO_FAST: (Retry, None),
    Meaning.OPERATOR: (Retry, None),
    Meaning.PASSES: (Retry, None),
}


@pytest.mark.parametrize("name", web_push_catalogue.ANSWERS)
def test_an_answer_means_what_its_source_says(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser, name: str
) -> None:
    fault(providers, name)
    [outcome] = attempt(sender, to(browser()))
    meaning = web_push_catalogue.ANSWERS[name].meaning
    kind, state = ENDS[meaning]
    assert isinstance(outcome, kind)
    assert {each.state for each in outcome.destinations} <= {state}
    assert bool(outcome.destinations) is (meaning not in {Meaning.TOO_FAST, Meaning.OPERATOR})
    if isinstance(outcome, Retry):
        assert outcome.fault.counts is (meaning is Meaning.PASSES)
        assert outcome.fault.misconfigured is (meaning is Meaning.OPERATOR)


def test_a_subscription_of_another_key_is_dead_where_the_service_takes_others_of_ours(
    sender: ChannelAdapter[bytes], browser: Browser
) -> None:
    stale = to(browser(key=public_key({"WEB_PUSH_SECRET": "the secret of an installation before this one"})))
    [alone] = attempt(sender, stale)
    assert isinstance(alone, Retry)
    assert alone.fault.misconfigured
    attempt(sender, to(browser()))
    [beside] = attempt(sender, stale)
    assert isinstance(beside, Skipped)
    assert [each.state for each in beside.destinations] == ["dead"]


def test_a_key_that_is_refused_for_all_deletes_nobody(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser
) -> None:
    attempt(sender, to(browser()))
    fault(providers, "mozilla_bad_token")
    outcomes = attempt(sender, *(to(browser()) for _ in range(SHARED_BY + 5)))
    assert sum(isinstance(each, Retry) for each in outcomes) > SHARED_BY


def test_a_lost_answer_is_tried_again_as_a_repeat_takes_the_place_of_the_first(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser
) -> None:
    told = to(browser())
    providers.faults.add(Fault.model_validate({"provider": "web_push", "fault": "reset_after", "times": 1}))
    [first] = attempt(sender, told)
    assert isinstance(first, Retry)
    assert first.fault.ambiguous
    [second] = attempt(sender, replace(told, metadata=first.metadata))
    assert isinstance(second, Sent)
    assert len({each["collapse_id"] for each in providers.ledger.accepted()}) == 1


def test_what_leads_inside_is_told_nothing(providers: Providers, browser: Browser) -> None:
    [outcome] = attempt(build(section(providers, WEB_PUSH_HOSTS="push.example")), to(browser()))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "blocked_address"
    assert providers.ledger.accepted() == []


def test_without_a_secret_browsers_are_passed_by(providers: Providers, browser: Browser) -> None:
    [outcome] = attempt(build(section(providers, WEB_PUSH_SECRET="")), to(browser()))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no_web_push_key"


@pytest.mark.parametrize("content", [{"p256dh": "no key"}, {"p256dh": "BA" + "A" * 85}, {"auth": "ä"}])
def test_one_that_cannot_be_encrypted_for_keeps_nothing_from_the_others(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser, content: dict[str, str]
) -> None:
    [bad, good] = attempt(sender, to(browser(**content)), to(browser()))
    assert isinstance(bad, Skipped)
    assert bad.reason == "destination_unreadable"
    assert isinstance(good, Sent)


def test_nothing_that_is_kept_or_logged_holds_an_endpoint_or_a_key(
    providers: Providers,
    sender: ChannelAdapter[bytes],
    browser: Browser,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told, path = to(browser()), "/mozilla/"
    with caplog.at_level("DEBUG"):
        fault(providers, "mozilla_error", times=1)
        kept = [*attempt(sender, told), *attempt(sender, told)]
    assert path in providers.ledger.accepted()[0]["recipient"]
    ours = [each for each in caplog.records if each.name.startswith(("owlpost", "http"))]
    assert path not in f"{kept} {capsys.readouterr()} {[each.getMessage() for each in ours]}"


def test_a_service_that_calls_all_of_them_gone_at_once_is_doubted_and_none_is_given_up(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser
) -> None:
    told = [to(browser()) for _ in range(LEAST_DEAD)]
    fault(providers, "mozilla_gone", times=LEAST_DEAD)
    outcomes = attempt(sender, *told)
    assert {each.fault.reason for each in outcomes if isinstance(each, Retry)} == {Reason.MASS_DEAD_TOKENS}
    assert len(outcomes) == LEAST_DEAD
    assert not any(each.destinations for each in outcomes)
    # it was the service: once it is well, everybody is told
    again = [replace(each, metadata=outcome.metadata) for each, outcome in zip(told, outcomes, strict=True)]
    assert all(isinstance(each, Sent) for each in attempt(sender, *again, after=60))


def test_a_wave_that_is_true_ends_by_itself(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser
) -> None:
    told = [to(browser()) for _ in range(LEAST_DEAD)]
    fault(providers, "mozilla_gone", times=2 * LEAST_DEAD)
    outcomes = attempt(sender, *told)
    again = [replace(each, metadata=outcome.metadata) for each, outcome in zip(told, outcomes, strict=True)]
    later = attempt(sender, *again, after=WINDOW.total_seconds() + 1)
    assert {each.state for outcome in later for each in outcome.destinations} == {"dead"}


def test_a_few_that_are_gone_are_believed(
    providers: Providers, sender: ChannelAdapter[bytes], browser: Browser
) -> None:
    fault(providers, "mozilla_gone", times=LEAST_DEAD - 1)
    outcomes = attempt(sender, *(to(browser()) for _ in range(LEAST_DEAD - 1)))
    assert [each.state for outcome in outcomes for each in outcome.destinations] == ["dead"] * (LEAST_DEAD - 1)
