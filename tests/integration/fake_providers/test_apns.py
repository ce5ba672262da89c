"""The fake APNs: every header checked, the provider token foremost, over real HTTP/2."""

import json
import uuid
from typing import Any

import pytest

from infra.local.providers.server import Providers
from tests.support.provider_clients import TOKEN, Pusher


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
