"""The fake FCM: messages, and access tokens for those who send them."""

import ssl
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.providers.fcm_errors import BAD_REQUEST, FCM_ERROR
from infra.local.providers.server import Providers
from tests.support.provider_clients import GRANT, Android


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
        ({"iss": "someone@example.org"}, "invalid_grant"),
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
        ({"topic": "news"}, "message"),
        ({"shout": 1}, "message"),
        ({"token": 7}, "message.token"),
        ({"data": {"count": 1}}, "message.data[0].value"),
        ({"android": {"priority": "URGENT"}}, "message.android.priority"),
        ({"android": {"ttl": "1 hour"}}, "message.android.ttl"),
    ],
)
def test_what_googles_json_layer_refuses_names_its_field_and_has_no_error_of_fcm(
    android: Android, message: dict[str, Any], field: str
) -> None:
    answer = android(**message)
    [bad_request] = answer.json()["error"]["details"]

    assert answer.status_code == 400
    assert [each["field"] for each in bad_request["fieldViolations"]] == [field]


def test_a_message_that_is_too_big_names_no_field(android: Android) -> None:
    error = android(data={"long": "x" * 4096}).json()["error"]

    assert error["message"] == "Android message is too big"
    assert error["details"] == [{"@type": BAD_REQUEST}, {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"}]


def test_a_malformed_token_is_refused_in_googles_words_without_naming_a_field(android: Android) -> None:
    answer = android(token="no spaces")

    assert answer.status_code == 400
    assert answer.json() == {
        "error": {
            "code": 400,
            "message": "The registration token is not a valid FCM registration token",
            "status": "INVALID_ARGUMENT",
            "details": [{"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"}],
        }
    }


def test_an_answer_without_details_leaves_the_list_out(providers: Providers, http: httpx.Client) -> None:
    answer = http.post(f"{providers.urls['fcm']}/v1/projects/unknown/messages:send", json={})

    assert (answer.status_code, answer.json()["error"].keys()) == (401, {"code", "message", "status"})


def test_a_wrong_path_gets_a_page_of_googles_front_end(providers: Providers, http: httpx.Client) -> None:
    answer = http.get(f"{providers.urls['fcm']}/v1/projects/unknown/messages:send")

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=UTF-8")


def test_a_project_that_is_not_the_accounts_is_refused_as_if_it_did_not_exist(
    providers: Providers, android: Android, http: httpx.Client
) -> None:
    access_token = android.token(android.assertion()).json()["access_token"]
    url = f"{providers.urls['fcm']}/v1/projects/unknown/messages:send"
    answer = http.post(url, json={}, headers={"authorization": f"Bearer {access_token}"})

    assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_a_message_without_a_good_access_token_is_refused(providers: Providers, http: httpx.Client) -> None:
    url = f"{providers.urls['fcm']}/v1/projects/{providers.credentials.accounts.fcm_project_id}/messages:send"
    answer = http.post(url, json={"message": {"token": "phone:1"}}, headers={"authorization": "Bearer ya29.1.forged"})

    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")


def test_a_message_that_is_only_validated_is_sent_to_nobody(
    providers: Providers, android: Android, http: httpx.Client
) -> None:
    access = android.token(android.assertion()).json()["access_token"]
    url = f"{providers.urls['fcm']}/v1/projects/{android.account['project_id']}/messages:send"
    body = {"validate_only": True, "message": {"token": "phone:1"}}
    answer = http.post(url, json=body, headers={"authorization": f"Bearer {access}"})
    assert answer.status_code == 200
    assert providers.ledger.counts()["mobile_push"] == 0
