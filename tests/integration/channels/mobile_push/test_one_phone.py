"""A phone is not a server: a fault of one token settles that token alone. A fault that all share is the operator's."""

from uuid import uuid4

import pytest

from infra.local.providers.server import Providers
from owlpost.channels.mobile_push.channel import MobilePush
from owlpost.domain.messages import DeliveryBatch, Device
from owlpost.domain.outcomes import Retry, Sent, Skipped
from tests.support.push_stage import (
    Misbehave,
    accepted,
    android,
    deliver,
    delivery,
    in_seconds,
    iphone,
)

OF_ANOTHER_APP = [("apns", iphone(), "DeviceTokenNotForTopic"), ("fcm", android(), "SENDER_ID_MISMATCH")]


@pytest.mark.parametrize(("provider", "phone", "reason"), OF_ANOTHER_APP)
def test_a_phone_with_another_app_is_passed_by_and_stays_registered(
    channel: MobilePush, misbehave: Misbehave, provider: str, phone: Device, reason: str
) -> None:
    misbehave(provider, "wrong_topic", match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Skipped)
    assert (outcome.reason, outcome.dead_devices) == (reason, ())


@pytest.mark.parametrize(("provider", "phone", "reason"), OF_ANOTHER_APP)
def test_a_phone_with_another_app_keeps_nothing_from_its_neighbour(
    channel: MobilePush, misbehave: Misbehave, provider: str, phone: Device, reason: str
) -> None:
    misbehave(provider, "wrong_topic", match=phone.token)
    neighbour = iphone() if provider == "apns" else android()
    (outcome,) = deliver(channel, delivery(phone, neighbour))
    assert isinstance(outcome, Sent), reason


@pytest.mark.parametrize("phone", [android("has spaces"), android("ümlaut")])
def test_a_token_that_google_finds_malformed_is_dead(channel: MobilePush, phone: Device) -> None:
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Skipped)
    assert [each.device_id for each in outcome.dead_devices] == [phone.id]


def test_a_token_that_crosses_over_to_an_environment_that_our_key_does_not_serve_is_dead(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = iphone()
    misbehave("apns", "bad_device_token", match=phone.token, times=1)
    misbehave("apns", "wrong_environment", match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Skipped)
    assert [each.device_id for each in outcome.dead_devices] == [phone.id]
    assert "PushMisconfigured" not in capsys.readouterr().out


@pytest.mark.parametrize(("provider", "phone", "reason"), OF_ANOTHER_APP)
def test_what_all_tokens_of_a_batch_share_is_the_operators_fault(
    channel: MobilePush,
    misbehave: Misbehave,
    capsys: pytest.CaptureFixture[str],
    provider: str,
    phone: Device,
    reason: str,
) -> None:
    misbehave(provider, "wrong_topic")
    make = iphone if phone.platform == "ios" else android
    outcomes = deliver(channel, *(delivery(make()) for _ in range(6)))
    faults = [outcome.fault for outcome in outcomes if isinstance(outcome, Retry)]
    assert [(fault.reason, fault.counts) for fault in faults] == [(reason, False)] * 6
    assert "PushMisconfigured" in capsys.readouterr().out


def test_what_token_after_token_shares_is_the_operators_fault_over_batches_too(
    channel: MobilePush, misbehave: Misbehave
) -> None:
    misbehave("apns", "wrong_topic")
    kinds = [type(deliver(channel, delivery(iphone()))[0]) for _ in range(6)]
    assert kinds == [Skipped] * 4 + [Retry] * 2


def test_one_accepted_push_shows_that_the_topic_is_right(channel: MobilePush, misbehave: Misbehave) -> None:
    strangers = [iphone() for _ in range(12)]
    for stranger in strangers:
        misbehave("apns", "wrong_topic", match=stranger.token)
    outcomes = deliver(channel, *map(delivery, strangers), delivery(iphone()))
    assert [type(outcome) for outcome in outcomes] == [Skipped] * 12 + [Sent]


def test_the_report_says_which_provider_takes_our_calls(channel: MobilePush, misbehave: Misbehave) -> None:
    misbehave("fcm", "wrong_topic")
    members = (delivery(iphone()), *(delivery(android()) for _ in range(5)))
    contents = {each.id: channel.render(each) for each in members}
    report = channel.deliver(DeliveryBatch(uuid4(), members, in_seconds(20)), contents)
    assert report.providers == {"apns": None, "fcm": "SENDER_ID_MISMATCH"}


@pytest.mark.parametrize("fault", ["error_503", "rate_limit", "down"])
def test_a_provider_without_a_usable_answer_is_not_in_the_report(
    channel: MobilePush, misbehave: Misbehave, fault: str
) -> None:
    misbehave("apns", fault)
    member = delivery(iphone())
    report = channel.deliver(DeliveryBatch(uuid4(), (member,), in_seconds(20)), {member.id: channel.render(member)})
    assert report.providers == {}


def test_a_paused_provider_is_not_called_and_costs_the_delivery_no_attempt(
    channel: MobilePush, providers: Providers
) -> None:
    paused, reached = iphone(), android()
    member = delivery(paused, reached)
    batch = DeliveryBatch(uuid4(), (member,), in_seconds(20), frozenset({"apns"}))
    report = channel.deliver(batch, {member.id: channel.render(member)})
    outcome = report.outcomes[member.id]
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.counts, outcome.reached) == ("provider_paused", False, True)
    assert (accepted(providers, paused), len(accepted(providers, reached))) == ([], 1)
    assert report.providers == {"fcm": None}
