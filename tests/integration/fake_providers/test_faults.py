"""The fakes misbehave as they are told, and count each time."""

from typing import Any

import httpx
import pytest

from infra.local.postgres.postmaster import wait_until
from infra.local.providers.catalogues import CATALOGUES
from infra.local.providers.faults import Fault
from infra.local.providers.fcm_catalogue import ANSWERS
from infra.local.providers.server import Providers
from tests.support.provider_clients import MAIL, TOKEN, Android, Mailer, Pusher


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("error_500", 500, "application_error"),
        ("error_503", 503, "service_unavailable"),
        ("conflict", 409, "concurrent_idempotent_requests"),
        ("reject_address", 422, "validation_error"),
        ("reject_call", 422, "validation_error"),
    ],
)
def test_resend_fails_as_often_as_it_is_told(
    providers: Providers, mail: Mailer, fault: str, status: int, name: str
) -> None:
    providers.faults.add(Fault(provider="resend", fault=fault, times=1, retry_after=7))
    answer = mail(MAIL)

    assert (answer.status_code, answer.json()["name"]) == (status, name)
    assert mail(MAIL).status_code == 200
    assert providers.ledger.counts()["email"] == 1
    assert providers.faults.report() == {"active": [], "injected": {"resend": {fault: 1}}}


def test_a_scripted_partial_failure_hurts_only_its_address(providers: Providers, mail: Mailer) -> None:
    providers.faults.add(Fault(provider="resend", fault="partial", match="bob@"))
    batch = [MAIL | {"to": f"{name}@example.org"} for name in ("ada", "bob", "eve")]
    answer = mail(batch, path="/emails/batch", x_batch_validation="permissive")

    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert {each["recipient"] for each in providers.ledger.accepted()} == {"ada@example.org", "eve@example.org"}


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("rate_limit", 429, "TooManyRequests"),
        ("error_500", 500, "InternalServerError"),
        ("error_503", 503, "ServiceUnavailable"),
        ("dead_token", 410, "Unregistered"),
        ("bad_device_token", 400, "BadDeviceToken"),
        ("wrong_topic", 400, "DeviceTokenNotForTopic"),
        ("expired_provider_token", 403, "ExpiredProviderToken"),
        ("too_many_token_updates", 429, "TooManyProviderTokenUpdates"),
    ],
)
def test_apns_refuses_the_tokens_it_is_told_to(
    providers: Providers, push: Pusher, fault: str, status: int, reason: str
) -> None:
    providers.faults.add(Fault(provider="apns", fault=fault, match="cd", timestamp=1_700_000_000_000))
    answer = push("cd" * 32)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.json().get("timestamp") == (1_700_000_000_000 if fault == "dead_token" else None)
    assert push(TOKEN).status_code == 200


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("rate_limit", "device_quota"),
        ("error_500", "internal"),
        ("error_503", "unavailable"),
        ("dead_token", "unregistered"),
        ("bad_device_token", "malformed_token"),
        ("wrong_topic", "sender_mismatch"),
        ("expired_provider_token", "unauthenticated"),
    ],
)
def test_fcm_fails_as_it_is_told_in_the_words_of_the_catalogue(
    providers: Providers, android: Android, fault: str, name: str
) -> None:
    providers.faults.add(Fault(provider="fcm", fault=fault, times=1))
    answer, catalogued = android(), ANSWERS[name]

    assert (answer.status_code, answer.json()) == (catalogued.status, catalogued.document)
    assert android().status_code == 200


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        ("reset", httpx.TransportError, 0),
        ("reset_after", httpx.TransportError, 1),
        ("timeout_after", httpx.ReadTimeout, 1),
        ("down", httpx.TransportError, 0),
    ],
)
@pytest.mark.parametrize("provider", ["resend", "apns"])
def test_a_lost_answer_does_not_say_whether_it_was_accepted(
    *,
    providers: Providers,
    http: httpx.Client,
    mail: Mailer,
    push: Pusher,
    provider: str,
    fault: str,
    error: type[Exception],
    accepted: int,
) -> None:
    http.timeout = httpx.Timeout(20, read=2 if fault == "timeout_after" else 20)
    providers.faults.add(Fault(provider=provider, fault=fault))
    with pytest.raises(error):
        mail(MAIL) if provider == "resend" else push()

    assert wait_until(lambda: sum(providers.ledger.counts().values()) == accepted, seconds=10)
    assert providers.faults.injected(provider, fault) >= 1
    providers.faults.clear()
    http.timeout = httpx.Timeout(20)
    assert (mail(MAIL) if provider == "resend" else push()).status_code == 200


def test_a_dripping_answer_arrives_whole(providers: Providers, mail: Mailer, push: Pusher) -> None:
    for provider in ("resend", "apns"):
        providers.faults.add(Fault(provider=provider, fault="slow_drip", delay=0.002, times=1))

    assert mail(MAIL).json().keys() == {"id"}
    assert push().status_code == 200
    assert providers.faults.injected("apns", "slow_drip") == 1
    assert push().status_code == 200


def test_a_push_left_unprocessed_by_goaway_can_be_sent_again(providers: Providers, push: Pusher) -> None:
    providers.faults.add(Fault(provider="apns", fault="goaway", after=2, times=1))

    # httpx sees that the last processed stream was an earlier one, and sends again by a new connection
    assert [push().status_code for _ in range(4)] == [200] * 4
    assert providers.ledger.counts()["mobile_push"] == 4
    assert providers.faults.injected("apns", "goaway") == 1


def test_a_rate_of_failures_is_repeatable_by_its_seed(providers: Providers, mail: Mailer) -> None:
    runs = []
    for _ in range(2):
        providers.faults.add(Fault(provider="resend", fault="error_500", rate=0.5, seed=42))
        runs.append([mail(MAIL).status_code for _ in range(12)])
        providers.faults.clear()

    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_faults_are_scripted_over_http(providers: Providers, mail: Mailer, http: httpx.Client) -> None:
    url = f"{providers.urls['mailbox']}/faults"
    script = {"provider": "resend", "fault": "rate_limit", "times": 2, "match": "ada@", "retry_after": 3}

    assert http.post(url, json=script).status_code == 201
    assert mail(MAIL).headers["retry-after"] == "3"
    report = http.get(url).json()
    assert (report["active"][0]["times"], report["injected"]) == (1, {"resend": {"rate_limit": 1}})
    assert http.delete(url).json()["active"] == []
    assert mail(MAIL).status_code == 200


@pytest.mark.parametrize("script", [{"provider": "apns", "fault": "conflict"}, {"provider": "resend"}, {"rate": 2}, []])
def test_a_fault_that_cannot_be_is_refused(providers: Providers, http: httpx.Client, script: Any) -> None:
    assert http.post(f"{providers.urls['mailbox']}/faults", json=script).status_code == 400


@pytest.mark.parametrize(
    ("provider", "name"),
    [(provider, name) for provider in ("resend", "apns", "fcm") for name in CATALOGUES[provider].answers],
)
def test_any_answer_of_a_catalogue_can_be_ordered(
    providers: Providers, mail: Mailer, push: Pusher, android: Android, provider: str, name: str
) -> None:
    providers.faults.add(Fault(provider=provider, fault="answer", answer=name))
    answer = mail(MAIL) if provider == "resend" else push() if provider == "apns" else android()
    known = CATALOGUES[provider].answers[name]
    assert answer.status_code == known.status
    if known.document and "timestamp" not in known.document:
        assert answer.json() == known.document


@pytest.mark.parametrize(
    "script",
    [
        {"provider": "apns", "fault": "rate_limit", "retry_after": 1},
        {"provider": "fcm", "fault": "answer", "answer": "BadTopic"},
        {"provider": "fcm", "fault": "error_500", "answer": "unregistered"},
    ],
)
def test_a_fault_that_its_provider_does_not_have_is_refused(script: Any) -> None:
    with pytest.raises(ValueError, match=r"has no answer|never says"):
        Fault.model_validate(script)
