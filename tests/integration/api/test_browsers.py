"""Browsers that are told by web push: connected by their session, told until it ends, and bound to the page's key."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from owlpost.channels.web_push.vapid import public_key_of
from owlpost.db.session import Database
from owlpost.sandbox import Sandbox
from tests.integration.api.conftest import signed_in
from tests.support.api import Answer, ApiClient
from tests.support.optional_channels import switched_on
from tests.support.people import Person
from tests.support.receiving import KEYS, WEB_PUSH_SECRET

BROWSERS_KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/"


@pytest.fixture(autouse=True)
def web_push(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> Iterator[None]:
    monkeypatch.setenv("DESTINATION_KEYS", KEYS[0])
    monkeypatch.setenv("WEB_PUSH_SECRET", WEB_PUSH_SECRET)
    with switched_on("web_push"):
        yield


def connect(client: ApiClient, path: str = "1", *, endpoint: str = ENDPOINT, **more: Any) -> Answer:
    subscription = {"endpoint": endpoint + path, "expirationTime": None, "keys": BROWSERS_KEYS}
    return client.post("/v1/destinations", {"channel": "web_push", "subscription": subscription, **more})


def ids(client: ApiClient) -> list[str]:
    return [each["id"] for each in client.get("/v1/destinations").body["destinations"]]


def test_a_page_is_told_the_key_to_subscribe_with(api: ApiClient) -> None:
    [channel] = api.get("/v1/channels").body["channels"]
    assert (channel["channel"], channel["public_key"]) == ("web_push", public_key_of(WEB_PUSH_SECRET))
    assert WEB_PUSH_SECRET not in str(channel)


def test_a_browser_is_told_from_now_on_and_the_same_again_is_the_same(api: ApiClient) -> None:
    first = connect(api, label="Firefox on Linux")
    assert first.status == 201
    assert (first.body["destination"]["state"], first.body["destination"]["label"]) == ("live", "Firefox on Linux")
    assert first.body["secret"] is None
    assert connect(api).body["destination"]["id"] == first.body["destination"]["id"]
    assert ENDPOINT not in str(first.body)


def test_a_browser_is_of_whoever_signed_in_there_last(api: ApiClient, bo: Person) -> None:
    connect(api)
    theirs = ApiClient(bearer=signed_in(bo))
    connect(theirs)
    assert (len(ids(api)), len(ids(theirs))) == (0, 1)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/",
        "https://updates.push.services.mozilla.com/wpush/v2/",
        "https://web.push.apple.com/",
        "https://wns2-par02p.notify.windows.com/w/?token=",
    ],
)
def test_the_service_of_every_browser_is_known(api: ApiClient, endpoint: str) -> None:
    assert connect(api, endpoint=endpoint).status == 201


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://push.apple.com.evil.example/",
        "https://evil.example/",
        "http://updates.push.services.mozilla.com/",
        "https://169.254.169.254/",
        "nothing",
    ],
)
def test_an_endpoint_of_no_push_service_is_refused(api: ApiClient, endpoint: str) -> None:
    answer = connect(api, endpoint=endpoint)
    assert answer.status == 400
    assert [detail["field"] for detail in answer.body["details"]] == ["subscription"]


def test_who_signs_out_is_told_nothing_more_in_that_browser(api: ApiClient, ada: Person) -> None:
    elsewhere = ApiClient(bearer=signed_in(ada))
    connect(api, "here")
    [other] = [connect(elsewhere, "there").body["destination"]["id"]]
    api.post("/v1/auth/logout")
    assert ids(elsewhere) == [other]


def test_a_session_that_is_ended_from_elsewhere_takes_its_browser_along(api: ApiClient, ada: Person) -> None:
    lost = ApiClient(bearer=signed_in(ada))
    connect(lost, "lost")
    kept = connect(api, "kept").body["destination"]["id"]
    [session] = [each for each in api.get("/v1/auth/sessions").body["sessions"] if not each["is_current"]]
    api.delete(f"/v1/auth/sessions/{session['id']}")
    assert ids(api) == [kept]


def test_all_other_sessions_end_with_their_browsers(api: ApiClient, ada: Person, database: Database) -> None:
    connect(ApiClient(bearer=signed_in(ada)), "other")
    kept = connect(api, "kept").body["destination"]["id"]
    api.request("DELETE", "/v1/auth/sessions", query={"keep": "current"})
    assert ids(api) == [kept]
    with database.transaction() as connection:
        assert connection.execute(text("select count(*) from destinations")).scalar_one() == 1
