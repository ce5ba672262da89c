"""The mobile_push channel when providers refuse, stumble and go away: what is believed, retried and told."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from infra.local.providers.server import Providers
from owlpost.channels.mobile_push.channel import MobilePush
from owlpost.domain.messages import Device
from owlpost.domain.outcomes import Retry, Sent, Skipped
from owlpost.domain.retry import least_wait
from tests.support.push_stage import (
    YESTERDAY,
    Misbehave,
    accepted,
    android,
    deliver,
    delivery,
    iphone,
    opened,
    record,
    section,
)


def test_a_dead_token_is_handed_over_and_hides_no_other_device(
    channel: MobilePush, misbehave: Misbehave, providers: Providers
) -> None:
    dead, alive = iphone(), iphone()
    died_at = datetime.now(UTC) - timedelta(hours=1)
    misbehave("apns", "dead_token", match=dead.token, timestamp=int(died_at.timestamp() * 1000))
    (outcome,) = deliver(channel, delivery(dead, alive))
    assert isinstance(outcome, Sent)
    assert [each.device_id for each in outcome.dead_devices] == [dead.id]
    assert abs(outcome.dead_devices[0].since - died_at) < timedelta(milliseconds=2)
    assert len(accepted(providers, alive)) == 1


def test_a_token_that_was_registered_again_since_it_died_is_asked_again_later(
    channel: MobilePush, misbehave: Misbehave
) -> None:
    phone = iphone(registered_at=datetime.now(UTC))
    misbehave("apns", "dead_token", match=phone.token, timestamp=int(YESTERDAY.timestamp() * 1000))
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Retry)
    assert outcome.dead_devices == ()
    assert outcome.fault.reason == "Unregistered"


@pytest.mark.parametrize("environment", ["production", "sandbox", "unknown"])
def test_a_token_of_the_other_environment_finds_its_way(
    channel: MobilePush, misbehave: Misbehave, environment: str
) -> None:
    phone = iphone(environment=environment)
    misbehave("apns", "bad_device_token", match=phone.token, times=1)
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Sent)
    assert outcome.dead_devices == ()


def test_a_token_that_neither_environment_knows_is_dead(channel: MobilePush, misbehave: Misbehave) -> None:
    phone = iphone()
    misbehave("apns", "bad_device_token", match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert isinstance(outcome, Skipped)
    assert outcome.reason == "no_live_device"
    assert [each.device_id for each in outcome.dead_devices] == [phone.id]


@pytest.mark.parametrize("fault", ["dead_token", "bad_device_token"])
def test_a_dead_android_token_is_handed_over(channel: MobilePush, misbehave: Misbehave, fault: str) -> None:
    phone = android()
    misbehave("fcm", fault, match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert [each.device_id for each in outcome.dead_devices] == [phone.id]


@pytest.mark.parametrize(
    ("wrong", "make", "reason"),
    [
        ({"APNS_KEY_ID": "STRANGE123"}, iphone, "InvalidProviderToken"),
        ({"APNS_BUNDLE_ID": "com.example.other"}, iphone, "DeviceTokenNotForTopic"),
        ({"FCM_SERVICE_ACCOUNT": ("owlpost-laptop.iam", "stranger.iam")}, android, "fcm_token_refused"),
        ({"FCM_SERVICE_ACCOUNT": ('"owlpost-laptop"', '"another-project"')}, android, "PERMISSION_DENIED"),
    ],
)
def test_wrong_settings_delete_nothing_and_raise_an_alarm(
    providers: Providers,
    capsys: pytest.CaptureFixture[str],
    wrong: dict[str, str | tuple[str, str]],
    make: Callable[[], Device],
    reason: str,
) -> None:
    variables = section(providers)
    for name, value in wrong.items():
        variables[name] = value if isinstance(value, str) else variables[name].replace(*value)
    with opened(variables) as channel:
        phones = [make() for _ in range(5)]
        outcomes = deliver(channel, *map(delivery, phones))
    faults = [outcome.fault for outcome in outcomes if isinstance(outcome, Retry)]
    assert [(fault.reason, fault.counts) for fault in faults] == [(reason, False)] * 5
    assert not any(outcome.dead_devices for outcome in outcomes)
    printed = capsys.readouterr().out
    assert "PushMisconfigured" in printed
    assert not any(phone.token in printed for phone in phones)


@pytest.mark.parametrize(("provider", "phone"), [("apns", iphone()), ("fcm", android())])
def test_most_tokens_of_a_batch_being_dead_is_not_believed(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str], provider: str, phone: Device
) -> None:
    misbehave(provider, "dead_token")
    make = iphone if phone.platform == "ios" else android
    outcomes = deliver(channel, *(delivery(make()) for _ in range(12)))
    assert {each.fault.reason for each in outcomes if isinstance(each, Retry)} == {"mass_dead_tokens"}
    assert all(not each.dead_devices for each in outcomes)
    assert "MassDeadTokens" in capsys.readouterr().out


def test_an_expired_provider_token_is_replaced_in_the_same_attempt(
    channel: MobilePush, misbehave: Misbehave, providers: Providers
) -> None:
    misbehave("apns", "expired_provider_token", times=2)
    misbehave("fcm", "expired_provider_token", times=2)
    phones = [iphone(), iphone(), android(), android()]
    assert isinstance(deliver(channel, delivery(*phones))[0], Sent)
    assert [len(accepted(providers, phone)) for phone in phones] == [1] * 4


def test_a_provider_token_that_stays_expired_is_the_operators_fault(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str]
) -> None:
    misbehave("apns", "expired_provider_token")
    (outcome,) = deliver(channel, delivery(iphone()))
    assert isinstance(outcome, Retry)
    assert "PushMisconfigured" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("provider", "retry_after", "waits"), [("fcm", 117, 117.0), ("fcm", None, 60.0), ("apns", None, 60.0)]
)
def test_a_rate_limit_costs_no_attempt_and_is_waited_out_with_or_without_a_header(
    channel: MobilePush, misbehave: Misbehave, provider: str, retry_after: int | None, waits: float
) -> None:
    misbehave(provider, "rate_limit", retry_after=retry_after)
    (outcome,) = deliver(channel, delivery(iphone() if provider == "apns" else android()))
    assert isinstance(outcome, Retry)
    assert (least_wait(outcome.fault), outcome.fault.counts) == (waits, False)


def test_a_key_for_the_other_environment_that_goaway_names_is_the_operators_fault(
    channel: MobilePush,
    misbehave: Misbehave,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    misbehave("apns", "goaway", text='{"reason":"BadCertificateEnvironment"}')
    (outcome,) = deliver(channel, delivery(iphone()))
    assert isinstance(outcome, Retry)
    fault = outcome.fault
    assert (fault.reason, fault.counts, fault.ambiguous) == ("BadCertificateEnvironment", False, False)
    assert "PushMisconfigured" in capsys.readouterr().out
    assert '{"reason":"BadCertificateEnvironment"}' in {getattr(each, "says", "") for each in caplog.records}


def test_a_server_that_only_shuts_down_is_no_fault_of_the_operator(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str]
) -> None:
    misbehave("apns", "goaway")
    (outcome,) = deliver(channel, delivery(iphone()))
    assert isinstance(outcome, Retry)
    assert (outcome.fault.reason, outcome.fault.counts) == ("connection_lost", True)
    assert "PushMisconfigured" not in capsys.readouterr().out


def test_a_token_of_the_projects_ios_app_is_passed_by_and_androids_are_told(
    channel: MobilePush, misbehave: Misbehave, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger, phone = android(), android()
    misbehave("fcm", "answer", answer="third_party_auth", match=stranger.token)
    (outcome,) = deliver(channel, delivery(stranger, phone))
    assert isinstance(outcome, Sent)
    assert len(accepted(providers, phone)) == 1
    assert record(outcome, stranger)["reason"] == "THIRD_PARTY_AUTH_ERROR"
    assert "PushMisconfigured" not in capsys.readouterr().out


def test_when_google_lacks_the_key_for_all_tokens_the_operator_has_to_act(
    channel: MobilePush, misbehave: Misbehave, capsys: pytest.CaptureFixture[str]
) -> None:
    misbehave("fcm", "answer", answer="third_party_auth")
    outcomes = deliver(channel, *(delivery(android()) for _ in range(6)))
    faults = [each.fault for each in outcomes if isinstance(each, Retry)]
    assert [(fault.reason, fault.counts) for fault in faults] == [("THIRD_PARTY_AUTH_ERROR", False)] * 6
    assert "PushMisconfigured" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("request_timeout", "fcm_token_unavailable"),
        ("internal_failure", "fcm_token_unavailable"),
        ("rate_limited", "fcm_token_unavailable"),
        ("deleted_client", "fcm_token_refused"),
        ("account_disabled", "fcm_token_refused"),
    ],
)
def test_the_token_endpoint_raises_an_alarm_only_where_the_account_is_refused(
    *,
    providers: Providers,
    misbehave: Misbehave,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    reason: str,
) -> None:
    misbehave("fcm_token", "answer", answer=answer)
    with opened(section(providers)) as channel:
        (outcome,) = deliver(channel, delivery(android()))
    assert isinstance(outcome, Retry)
    assert outcome.fault.reason == reason
    assert ("PushMisconfigured" in capsys.readouterr().out) is (reason == "fcm_token_refused")


def test_streams_that_narrow_after_each_refusal_lose_and_double_nothing(
    channel: MobilePush, misbehave: Misbehave, providers: Providers
) -> None:
    phones = [iphone() for _ in range(200)]
    misbehave("apns", "wrong_topic", rate=0.2, seed=3)
    (outcome,) = deliver(channel, delivery(*phones))
    assert isinstance(outcome, Sent)
    refused = [phone for phone in phones if record(outcome, phone)["reason"] == "DeviceTokenNotForTopic"]
    assert 20 <= len(refused) <= 60
    told = [phone for phone in phones if phone not in refused]
    assert {len(accepted(providers, phone)) for phone in told} == {1}


@pytest.mark.parametrize("provider", ["apns", "fcm"])
@pytest.mark.parametrize(
    ("fault", "ambiguous"), [("error_500", False), ("error_503", False), ("down", False), ("reset_after", True)]
)
def test_an_outage_is_retried_and_doubt_is_told(
    channel: MobilePush,
    misbehave: Misbehave,
    provider: str,
    fault: str,
    ambiguous: bool,  # noqa: FBT001 (a row of the table above)
) -> None:
    misbehave(provider, fault)
    (outcome,) = deliver(channel, delivery(iphone() if provider == "apns" else android()))
    assert isinstance(outcome, Retry)
    assert outcome.fault.ambiguous is ambiguous


@pytest.mark.parametrize("fault", ["error_500", "reset_after", "down"])
def test_without_an_access_token_no_push_is_in_doubt(providers: Providers, misbehave: Misbehave, fault: str) -> None:
    if fault == "down":
        misbehave("fcm", "down")
    else:
        misbehave("fcm_token", fault)
    with opened(section(providers)) as channel:
        (outcome,) = deliver(channel, delivery(android()))
        assert isinstance(outcome, Retry)
        assert (outcome.fault.reason, outcome.fault.ambiguous) == ("fcm_token_unavailable", False)


@pytest.mark.parametrize("provider", ["apns", "fcm"])
def test_a_provider_that_goes_away_in_mid_batch_loses_and_doubles_nothing(
    channel: MobilePush, misbehave: Misbehave, providers: Providers, provider: str
) -> None:
    misbehave(provider, "goaway", after=20, times=1)
    phones = [iphone() if provider == "apns" else android() for _ in range(60)]
    assert all(isinstance(outcome, Sent) for outcome in deliver(channel, *map(delivery, phones)))
    assert {len(accepted(providers, phone)) for phone in phones} == {1}


@pytest.mark.parametrize("provider", ["apns", "fcm"])
@pytest.mark.parametrize("asked_again", ["expired_provider_token", "refused_key"])
def test_doubt_outlives_a_second_call_in_the_same_attempt(
    channel: MobilePush, misbehave: Misbehave, providers: Providers, provider: str, asked_again: str
) -> None:
    """A call over a connection that was idle is lost after the provider accepted; the repeat meets a refusal of our token."""
    phone = iphone() if provider == "apns" else android()
    deliver(channel, delivery(replace(phone, id=uuid4(), token="cd" * 32)))
    misbehave(provider, "reset_after", match=phone.token, times=1)
    misbehave(provider, asked_again, match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert len(accepted(providers, phone)) == 1
    assert isinstance(outcome, Retry)
    assert outcome.fault.ambiguous


def test_doubt_outlives_the_move_to_the_other_environment(
    channel: MobilePush, misbehave: Misbehave, providers: Providers
) -> None:
    phone = iphone()
    deliver(channel, delivery(iphone()))
    misbehave("apns", "reset_after", match=phone.token, times=1)
    misbehave("apns", "bad_device_token", match=phone.token, times=1)
    misbehave("apns", "error_500", match=phone.token)
    (outcome,) = deliver(channel, delivery(phone))
    assert len(accepted(providers, phone)) == 1
    assert isinstance(outcome, Retry)
    assert outcome.fault.ambiguous
