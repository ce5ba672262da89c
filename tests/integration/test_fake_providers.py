"""The fake providers answer as the real ones are documented to, over the real protocols, and misbehave as they are told."""

import json
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from infra.local.providers.credentials import Credentials
from infra.local.providers.faults import Fault
from infra.local.providers.ledger import Ledger
from infra.local.providers.server import Options, Providers
from tests.clock import FakeClock

TOKEN = "ab" * 32
MAIL = {"from": "Owlpost <owl@example.com>", "to": ["ada@example.com"], "subject": "Hello", "html": "<p>Hi</p>"}
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accounts")
    Credentials(folder)
    return folder


@pytest.fixture
def folder(accounts: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(accounts, tmp_path / "providers"))


@pytest.fixture
def providers(folder: Path) -> Iterator[Providers]:
    with Providers(folder, Options(resend_rate=None)) as running:
        yield running


@pytest.fixture
def http(folder: Path) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    with httpx.Client(http2=True, verify=context, timeout=5) as client:
        yield client


class Mailer:
    """Sends to the fake Resend as an honest client does."""

    def __init__(self, providers: Providers, http: httpx.Client) -> None:
        self._url = providers.urls["resend"]
        self._authorization = {"authorization": f"Bearer {providers.credentials.accounts.resend_api_key}"}
        self._http = http

    def __call__(self, body: Any, *, path: str = "/emails", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.post(f"{self._url}{path}", json=body, headers=self._authorization | named)


@pytest.fixture
def mail(providers: Providers, http: httpx.Client) -> Mailer:
    return Mailer(providers, http)


class Pusher:
    """Sends to the fake APNs as an honest client does."""

    def __init__(self, providers: Providers, http: httpx.Client) -> None:
        self._providers = providers
        self._http = http
        self.authorization = f"bearer {self.provider_token()}"

    def provider_token(self, *, age: int = 0, **changes: str) -> str:
        accounts = self._providers.credentials.accounts
        claims = {"iss": changes.get("iss", accounts.apns_team_id), "iat": int(time.time()) - age}
        headers = {"kid": changes.get("kid", accounts.apns_key_id)}
        return jwt.encode(claims, accounts.apns_key, algorithm="ES256", headers=headers)

    def __call__(self, token: str = TOKEN, *, content: str | None = None, **headers: str | None) -> httpx.Response:
        given = {
            "authorization": self.authorization,
            "apns_topic": self._providers.credentials.accounts.apns_bundle_id,
            "apns_push_type": "alert",
            "apns_collapse_id": "n1",
        } | headers
        named = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        payload = {"aps": {"alert": {"title": "Title", "body": "Body"}, "badge": 3}, "notification_id": "n1"}
        url = f"{self._providers.urls['apns']}/3/device/{token}"
        return self._http.post(url, content=content or json.dumps(payload), headers=named)


@pytest.fixture
def push(providers: Providers, http: httpx.Client) -> Pusher:
    return Pusher(providers, http)


class Android:
    """Sends to the fake FCM as an honest client does."""

    def __init__(self, providers: Providers, http: httpx.Client) -> None:
        self.account = json.loads(providers.credentials.service_account_path.read_text())
        self._url = f"{providers.urls['fcm']}/v1/projects/{self.account['project_id']}/messages:send"
        self._http = http

    def assertion(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {"iss": self.account["client_email"], "aud": self.account["token_uri"], "scope": SCOPE}
        claims |= {"iat": now, "exp": now + 3600} | changes
        return jwt.encode(claims, self.account["private_key"], algorithm="RS256")

    def token(self, assertion: str) -> httpx.Response:
        return self._http.post(self.account["token_uri"], data={"grant_type": GRANT, "assertion": assertion})

    def __call__(self, **message: Any) -> httpx.Response:
        access_token = self.token(self.assertion()).json()["access_token"]
        body = {"message": {"token": "phone:1", "data": {"notification_id": "n1"}} | message}
        return self._http.post(self._url, json=body, headers={"authorization": f"Bearer {access_token}"})


@pytest.fixture
def android(providers: Providers, http: httpx.Client) -> Android:
    return Android(providers, http)


# Resend


def test_a_mail_is_accepted_and_stands_in_the_mailbox(providers: Providers, mail: Mailer, http: httpx.Client) -> None:
    answer = mail({**MAIL, "text": "Hi", "headers": {"X-Owlpost-Delivery": "d1"}})

    assert answer.status_code == 200
    assert uuid.UUID(answer.json()["id"])
    (message,) = http.get(f"{providers.urls['mailbox']}/messages.json?limit=5").json()["messages"]
    at = message.pop("at")
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)).total_seconds() < 60
    headers = {"from": MAIL["from"], "X-Owlpost-Delivery": "d1"}
    shown = {"subject": "Hello", "text": "Hi", "html": "<p>Hi</p>", "headers": headers}
    assert message == {"channel": "email", "to": "ada@example.com", **shown}


@pytest.mark.parametrize(
    ("change", "name", "words"),
    [
        ({"to": []}, "missing_required_field", "`to`"),
        ({"from": None}, "missing_required_field", "`from`"),
        ({"subject": ""}, "missing_required_field", "`subject`"),
        ({"html": None}, "missing_required_field", "`html`"),
        ({"to": ["ada"]}, "validation_error", "`to`"),
        ({"to": ["ada@example.com"] * 51}, "validation_error", "`to`"),
        ({"from": "Owl <owl>"}, "validation_error", "`from`"),
        ({"subject": "two\nlines"}, "validation_error", "`subject`"),
        ({"tags": [{"name": "no spaces", "value": "x"}]}, "validation_error", "Tags"),
    ],
)
def test_a_bad_mail_is_refused(mail: Mailer, change: dict[str, Any], name: str, words: str) -> None:
    answer = mail(MAIL | change)

    assert (answer.status_code, answer.json()["statusCode"], answer.json()["name"]) == (422, 422, name)
    assert words in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "authorization", "status", "name"),
    [
        ("/emails", "", 401, "missing_api_key"),
        ("/emails", "Bearer re_other", 403, "invalid_api_key"),
        ("/letters", "Bearer re_other", 404, "not_found"),
    ],
)
def test_a_stranger_is_refused(mail: Mailer, path: str, authorization: str, status: int, name: str) -> None:
    answer = mail(MAIL, path=path, authorization=authorization)

    assert (answer.status_code, answer.json()["name"]) == (status, name)


def test_a_permissive_batch_accepts_the_good_and_names_the_bad_by_index(providers: Providers, mail: Mailer) -> None:
    answer = mail([MAIL, MAIL | {"to": ["ada"]}, MAIL], path="/emails/batch", x_batch_validation="permissive")

    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 2
    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert providers.ledger.counts()["email"] == 2


@pytest.mark.parametrize("batch", [[MAIL, MAIL | {"to": []}], [MAIL] * 101, [], MAIL])
def test_a_strict_batch_is_all_or_nothing(providers: Providers, mail: Mailer, batch: Any) -> None:
    assert mail(batch, path="/emails/batch").status_code == 422
    assert providers.ledger.counts()["email"] == 0


def test_the_same_key_and_payload_gets_the_first_answer_and_sends_nothing(providers: Providers, mail: Mailer) -> None:
    first, second = (mail([MAIL], path="/emails/batch", idempotency_key="batch-1") for _ in range(2))

    assert first.json() == second.json()
    assert providers.ledger.counts()["email"] == 1


def test_the_same_key_with_another_payload_is_a_conflict(providers: Providers, mail: Mailer) -> None:
    mail(MAIL, idempotency_key="k")
    answer = mail(MAIL | {"subject": "Other"}, idempotency_key="k")

    assert (answer.status_code, answer.json()["name"]) == (409, "invalid_idempotent_request")
    assert providers.ledger.counts()["email"] == 1


def test_a_key_still_at_work_is_a_conflict(providers: Providers, mail: Mailer) -> None:
    providers.faults.add(Fault(provider="resend", fault="latency", delay=1, times=1))
    slow = threading.Thread(target=mail, args=[MAIL], kwargs={"idempotency_key": "k"})
    slow.start()
    wait_until(lambda: providers.faults.injected("resend", "latency") == 1)

    answer = mail(MAIL, idempotency_key="k")

    assert (answer.status_code, answer.json()["name"]) == (409, "concurrent_idempotent_requests")
    slow.join()
    assert mail(MAIL, idempotency_key="k").status_code == 200
    assert providers.ledger.counts()["email"] == 1


def test_a_key_has_at_most_256_characters(mail: Mailer) -> None:
    assert mail(MAIL, idempotency_key="k" * 256).status_code == 200
    assert mail(MAIL, idempotency_key="k" * 257).json()["name"] == "invalid_idempotency_key"


def test_a_key_is_forgotten_after_a_day(folder: Path, http: httpx.Client) -> None:
    clock = FakeClock(datetime.now(UTC))
    with Providers(folder, Options(clock=lambda: clock().timestamp())) as providers:
        mail = Mailer(providers, http)
        mail(MAIL, idempotency_key="k")
        clock.advance(hours=23, minutes=59)
        mail(MAIL, idempotency_key="k")
        assert providers.ledger.counts()["email"] == 1
        clock.advance(minutes=2)
        mail(MAIL, idempotency_key="k")
        assert providers.ledger.counts()["email"] == 2


def test_more_requests_than_the_rate_are_told_when_to_return(folder: Path, http: httpx.Client) -> None:
    with Providers(folder, Options(resend_rate=2)) as providers:
        answers = [Mailer(providers, http)(MAIL) for _ in range(8)]

    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"2"}
    assert {"ratelimit-remaining", "ratelimit-reset"} <= answers[0].headers.keys()
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert (refused.json()["name"], refused.headers["retry-after"]) == ("rate_limit_exceeded", "1")


# APNs


def test_a_push_is_accepted_over_http2(providers: Providers, push: Pusher) -> None:
    apns_id = str(uuid.uuid4())
    answer = push(apns_id=apns_id, apns_expiration="0", apns_priority="10")

    assert (answer.http_version, answer.status_code, answer.headers["apns-id"]) == ("HTTP/2", 200, apns_id)
    (message,) = providers.ledger.messages()
    assert (message["channel"], message["to"], message["title"], message["text"]) == (
        *("mobile_push", TOKEN),
        *("Title", "Body"),
    )
    assert message["headers"]["apns-collapse-id"] == "n1"
    assert message["payload"]["aps"]["badge"] == 3


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"authorization": None}, 403, "MissingProviderToken"),
        ({"authorization": "bearer rubbish"}, 403, "InvalidProviderToken"),
        ({"token": "not-hex"}, 400, "BadDeviceToken"),
        ({"token": ""}, 400, "MissingDeviceToken"),
        ({"apns_topic": None}, 400, "MissingTopic"),
        ({"apns_topic": "com.example.other"}, 400, "DeviceTokenNotForTopic"),
        ({"apns_push_type": "shout"}, 400, "InvalidPushType"),
        ({"apns_priority": "7"}, 400, "BadPriority"),
        ({"apns_expiration": "soon"}, 400, "BadExpirationDate"),
        ({"apns_collapse_id": "x" * 65}, 400, "BadCollapseId"),
        ({"apns_id": "1"}, 400, "BadMessageId"),
        ({"content": "not json"}, 400, "PayloadEmpty"),
        ({"content": json.dumps({"aps": {"alert": "x" * 4096}})}, 413, "PayloadTooLarge"),
    ],
)
def test_a_bad_push_is_refused(
    providers: Providers, push: Pusher, changes: dict[str, Any], status: int, reason: str
) -> None:
    answer = push(**changes)

    assert (answer.status_code, answer.json()) == (status, {"reason": reason})
    assert providers.ledger.counts()["mobile_push"] == 0


def test_a_provider_token_is_of_our_key_and_team_and_under_an_hour_old(push: Pusher) -> None:
    reasons = {}
    for name, token in {
        "key": push.provider_token(kid="OTHER"),
        "team": push.provider_token(iss="OTHER"),
        "old": push.provider_token(age=3601),
        "future": push.provider_token(age=-600),
    }.items():
        reasons[name] = push(authorization=f"bearer {token}").json()["reason"]

    assert reasons == {
        "key": "InvalidProviderToken",
        "team": "InvalidProviderToken",
        "old": "ExpiredProviderToken",
        "future": "InvalidProviderToken",
    }


def test_a_new_provider_token_comes_at_most_every_20_minutes(push: Pusher) -> None:
    first, too_soon, in_time = (f"bearer {push.provider_token(age=age)}" for age in (1300, 200, 50))

    assert push(authorization=first).status_code == 200
    assert push(authorization=too_soon).json() == {"reason": "TooManyProviderTokenUpdates"}
    assert push(authorization=in_time).status_code == 200
    assert push(authorization=first).status_code == 200


# FCM


def test_an_android_message_is_accepted_with_a_token_of_the_service_account(
    providers: Providers, android: Android
) -> None:
    answer = android(notification={"title": "Title", "body": "Body"}, android={"collapse_key": "n1", "ttl": "3600s"})

    assert (answer.http_version, answer.status_code) == ("HTTP/2", 200)
    assert answer.json()["name"].startswith(f"projects/{android.account['project_id']}/messages/")
    (message,) = providers.ledger.messages()
    assert (message["to"], message["title"], message["text"]) == ("phone:1", "Title", "Body")


def test_tokens_are_handed_out_over_http1_too(folder: Path, android: Android) -> None:
    context = ssl.create_default_context(cafile=folder / "certificate.pem")
    form = {"grant_type": GRANT, "assertion": android.assertion()}
    answer = httpx.post(android.account["token_uri"], data=form, verify=context)

    assert (answer.http_version, answer.status_code, answer.json()["token_type"]) == ("HTTP/1.1", 200, "Bearer")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"iss": "someone@example.com"}, "invalid_grant"),
        ({"aud": "https://example.com/token"}, "invalid_grant"),
        ({"exp": int(time.time()) + 90_000}, "invalid_grant"),
        ({"exp": 1}, "invalid_grant"),
        ({"scope": "email"}, "invalid_scope"),
    ],
)
def test_a_bad_assertion_earns_no_token(android: Android, changes: dict[str, Any], error: str) -> None:
    answer = android.token(android.assertion(**changes))

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"token": "no spaces"}, "message.token"),
        ({"topic": "news"}, "message"),
        ({"shout": 1}, "message"),
        ({"data": {"count": 1}}, "message.data[0].value"),
        ({"data": {"long": "x" * 4096}}, "message"),
        ({"android": {"priority": "URGENT"}}, "message.android.priority"),
        ({"android": {"ttl": "1 hour"}}, "message.android.ttl"),
    ],
)
def test_an_invalid_message_names_its_field(android: Android, message: dict[str, Any], field: str) -> None:
    answer = android(**message)
    fcm_error, bad_request = answer.json()["error"]["details"]

    assert (answer.status_code, fcm_error["errorCode"]) == (400, "INVALID_ARGUMENT")
    assert [each["field"] for each in bad_request["fieldViolations"]] == [field]


def test_a_message_without_a_good_access_token_is_refused(providers: Providers, http: httpx.Client) -> None:
    url = f"{providers.urls['fcm']}/v1/projects/{providers.credentials.accounts.fcm_project_id}/messages:send"
    answer = http.post(url, json={"message": {"token": "phone:1"}}, headers={"authorization": "Bearer ya29.1.forged"})

    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


# Faults


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("error_500", 500, "internal_server_error"),
        ("error_503", 503, "application_error"),
        ("conflict", 409, "concurrent_idempotent_requests"),
        ("reject_address", 422, "validation_error"),
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
    batch = [MAIL | {"to": f"{name}@example.com"} for name in ("ada", "bob", "eve")]
    answer = mail(batch, path="/emails/batch", x_batch_validation="permissive")

    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert {each["recipient"] for each in providers.ledger.accepted()} == {"ada@example.com", "eve@example.com"}


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
    ("fault", "status", "code"),
    [
        ("rate_limit", 429, "QUOTA_EXCEEDED"),
        ("error_500", 500, "INTERNAL"),
        ("error_503", 503, "UNAVAILABLE"),
        ("dead_token", 404, "UNREGISTERED"),
        ("bad_device_token", 400, "INVALID_ARGUMENT"),
        ("wrong_topic", 403, "SENDER_ID_MISMATCH"),
    ],
)
def test_fcm_fails_as_it_is_told(providers: Providers, android: Android, fault: str, status: int, code: str) -> None:
    providers.faults.add(Fault(provider="fcm", fault=fault, times=1))
    answer = android()

    assert (answer.status_code, answer.json()["error"]["details"][0]["errorCode"]) == (status, code)
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
    http.timeout = httpx.Timeout(0.5)
    providers.faults.add(Fault(provider=provider, fault=fault))
    with pytest.raises(error):
        mail(MAIL) if provider == "resend" else push()

    assert sum(providers.ledger.counts().values()) == accepted
    assert providers.faults.injected(provider, fault) >= 1
    providers.faults.clear()
    assert (mail(MAIL) if provider == "resend" else push()).status_code == 200


def test_a_dripping_answer_arrives_whole(providers: Providers, mail: Mailer, push: Pusher) -> None:
    for provider in ("resend", "apns"):
        providers.faults.add(Fault(provider=provider, fault="slow_drip", delay=0.002, times=1))

    assert mail(MAIL).json().keys() == {"id"}
    assert push().status_code == 200
    assert push().elapsed.total_seconds() < 1


def test_goaway_leaves_a_push_unprocessed_and_names_the_last_that_was(
    providers: Providers, push: Pusher, http: httpx.Client
) -> None:
    push()
    providers.faults.add(Fault(provider="apns", fault="goaway", after=2, times=1))
    outcomes = []
    for _ in range(4):
        try:
            outcomes.append(push().status_code)
        except httpx.RemoteProtocolError as error:
            outcomes.append(str(error))

    assert outcomes.count(200) == providers.ledger.counts()["mobile_push"] - 1
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


# Ledger


def test_the_ledger_counts_what_was_accepted_twice(
    providers: Providers, mail: Mailer, push: Pusher, http: httpx.Client
) -> None:
    for delivery in ("d1", "d1", "d2"):
        mail({**MAIL, "headers": {"X-Owlpost-Delivery": delivery}})
    mail(MAIL)
    mail(MAIL)
    for collapse_id in ("n1", "n1", "other"):
        push(apns_collapse_id=collapse_id)
    push("cd" * 32)

    summary = http.get(f"{providers.urls['mailbox']}/ledger.json").json()
    assert summary["accepted"] == {"email": 5, "mobile_push": 4}
    assert summary["duplicates"] == {
        "email": 1,
        "mobile_push_same_collapse_id": 1,
        "mobile_push_two_collapse_ids": 1,
    }


def test_ledger_addresses_and_memory_survive_a_restart(folder: Path, http: httpx.Client) -> None:
    with Providers(folder) as first:
        answer = Mailer(first, http)(MAIL, idempotency_key="k")
    with Providers(folder) as second:
        assert second.announcement() == first.announcement()
        assert Mailer(second, http)(MAIL, idempotency_key="k").json() == answer.json()
        assert second.ledger.counts()["email"] == 1


def test_the_process_says_when_it_is_ready_and_stops_cleanly(folder: Path, http: httpx.Client) -> None:
    command = [sys.executable, "-m", "infra.local.providers.main", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        announced = json.loads(process.stdout.readline())
        headers = {"authorization": f"Bearer {announced['resend_api_key']}"}
        http.post(f"{announced['resend']}/emails", json=MAIL, headers=headers)
        assert http.get(announced["mailbox"]).text.startswith("<!doctype html>")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0

    ledger = Ledger(folder / "ledger.sqlite")
    assert ledger.counts()["email"] == 1
    ledger.close()


def wait_until(holds: Any, *, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        threading.Event().wait(0.005)
