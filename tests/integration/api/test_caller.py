"""Who is calling: every route, as everybody who may not."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from sqlalchemy import text

from functions.api.main import app
from owlpost.auth import LIFE, Session, Tokens
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import Misconfigured
from owlpost.sandbox import Sandbox
from owlpost.wiring import api as wiring
from tests.integration.api.conftest import KEY, SAME_ORIGIN, Inbox, signed_in
from tests.support.api import HOST, Answer, ApiClient
from tests.support.people import Person

DOCUMENT: dict[str, Any] = json.loads(app.get_openapi_json_schema())
OPERATIONS = [
    (method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
PRIVATE = [(method, path) for method, path, operation in OPERATIONS if operation.get("security") != []]


def call(client: ApiClient, method: str, path: str) -> Answer:
    """Call a route of the document, with ids that nobody has and a body that no route takes."""
    filled = path
    while "{" in filled:
        filled = filled.replace(filled[filled.index("{") : filled.index("}") + 1], str(uuid4()))
    return client.request(method, filled, body=None if method == "GET" else {"email": 5, "token": 5})


def test_the_document_lists_the_public_routes_and_no_others() -> None:
    public = {f"{method} {path}" for method, path, operation in OPERATIONS if operation.get("security") == []}
    assert public == {
        "POST /v1/auth/send-code",
        "POST /v1/auth/verify-code",
        "GET /v1/invites/{token}",
        "GET /v1/unsubscribe",
        "POST /v1/unsubscribe",
        "GET /v1/health",
    }


def test_nobody_gets_401_before_anything_they_sent_is_looked_at(nobody: ApiClient) -> None:
    assert len(PRIVATE) >= 18
    for method, path in PRIVATE:
        answer = call(nobody, method, path)
        assert (path, answer.status, answer.body) == (path, 401, {"error": "Please sign in.", "code": "sign_in"})
        assert answer.headers["cache-control"] == "no-store"
        assert answer.cookies == []


@pytest.mark.parametrize("prefix", ["owl_agent_", "owl_client_", "owl_import_"])
def test_an_agents_key_gets_403(nobody: ApiClient, prefix: str) -> None:
    nobody.bearer = f"{prefix}0123456789"
    for method, path in PRIVATE:
        answer = call(nobody, method, path)
        assert (path, answer.status, set(answer.body)) == (path, 403, {"error", "code"})


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {}])
def test_a_page_of_another_site_can_write_nothing_by_cookie(ada: Person, headers: dict[str, str]) -> None:
    """A link that somebody follows is a read without an origin; a script that reads says its origin, and is refused."""
    client = ApiClient(cookie=f"token={signed_in(ada)}", headers=headers)
    for method, path in PRIVATE:
        answer = call(client, method, path)
        assert (path, answer.status == 403) == (path, method != "GET" or "origin" in headers)
    assert client.get("/v1/auth/me").status == (403 if "origin" in headers else 200)


def base64url(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged(person: Person) -> dict[str, str]:
    now = int(time.time())
    claims = {"sub": str(person.id), "email": person.email, "iat": now, "exp": now + 600, "jti": "a"}

    def without(name: str) -> dict[str, object]:
        return {claim: value for claim, value in claims.items() if claim != name}

    header, payload, signature = jwt.encode(claims, KEY, algorithm="HS256").split(".")
    return {
        "nonsense": "nonsense",
        "empty": "",
        "another key": jwt.encode(claims, KEY[::-1], algorithm="HS256"),
        "no algorithm": f"{base64url({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        "no signature": f"{header}.{payload}.",
        "another algorithm": jwt.encode(claims, KEY, algorithm="HS512"),
        "expired": jwt.encode(claims | {"exp": now - 1}, KEY, algorithm="HS256"),
        "changed": f"{header}.{payload[:-2]}AA.{signature}",
        "no expiry": jwt.encode(without("exp"), KEY, algorithm="HS256"),
        "no session": jwt.encode(without("jti"), KEY, algorithm="HS256"),
        "no id": jwt.encode(claims | {"sub": "me"}, KEY, algorithm="HS256"),
        "an id that is no text": jwt.encode(claims | {"jti": 5}, KEY, algorithm="HS256"),
        "expires never": jwt.encode(claims | {"exp": 10**30}, KEY, algorithm="HS256"),
    }


def test_a_token_that_is_not_ours_is_refused_and_a_cookie_with_it_taken_back(ada: Person) -> None:
    for why, token in forged(ada).items():
        by_header = ApiClient(headers={"authorization": f"Bearer {token}"}).get("/v1/auth/me")
        assert (why, by_header.status, by_header.cookies) == (why, 401, [])
        by_cookie = ApiClient(cookie=f"token={token}").get("/v1/auth/me")
        assert (why, by_cookie.status) == (why, 401)
        assert [cookie.partition("; HttpOnly")[0] for cookie in by_cookie.cookies] == [
            "__Host-token=; Path=/; Max-Age=0",
            "token=; Path=/; Max-Age=0",
        ]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer: x", "Token x"])
def test_a_bad_header_is_not_rescued_by_a_good_cookie(ada: Person, header: str) -> None:
    answer = ApiClient(cookie=f"token={signed_in(ada)}", headers={"authorization": header}).get("/v1/auth/me")
    assert (answer.status, answer.cookies) == (401, [])


def test_the_scheme_is_read_in_any_case(ada: Person) -> None:
    assert ApiClient(headers={"authorization": f"bearer {signed_in(ada)}"}).get("/v1/auth/me").status == 200


def test_the_token_of_a_user_who_is_gone_is_refused(api: ApiClient, ada: Person, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("delete from users where id = :id"), {"id": ada.id})
    assert api.get("/v1/auth/me").status == 401


def test_a_page_of_ours_writes_by_cookie(ada: Person) -> None:
    for headers in (SAME_ORIGIN, {"origin": f"https://{HOST}"}):
        client = ApiClient(cookie=f"token={signed_in(ada)}", headers=headers)
        assert client.patch("/v1/auth/me", {"name": "Ada"}).status == 200
    for headers in ({"sec-fetch-site": "none"}, {"sec-fetch-site": "same-site", "origin": f"https://{HOST}"}):
        client = ApiClient(cookie=f"token={signed_in(ada)}", headers=headers)
        assert client.patch("/v1/auth/me", {"name": "Eve"}).status == 403
    assert ApiClient(bearer=signed_in(ada)).get("/v1/auth/me").body["user"]["name"] == "Ada"


def test_a_key_can_be_rotated(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    old = ApiClient(bearer=signed_in(ada))
    monkeypatch.setenv("JWT_KEYS", f"the-newest-key-which-signs-from-now-on, {KEY}")
    with Sandbox():
        assert old.get("/v1/auth/me").status == 200
        day_old = ApiClient(cookie=f"token={signed_in(ada, issued_at=utc_now() - timedelta(days=2))}")
        renewed = (day_old.get("/v1/auth/me").cookie or "").removeprefix("__Host-token=")
    assert jwt.decode(renewed, "the-newest-key-which-signs-from-now-on", algorithms=["HS256"])["sub"] == str(ada.id)


@pytest.mark.parametrize("keys", ["", "short", f"{KEY},short", ","])
def test_a_key_is_required_and_long(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    monkeypatch.setenv("JWT_KEYS", keys)
    with Sandbox(), pytest.raises(Misconfigured, match="JWT_KEYS") as error:
        wiring.keys()
    assert not keys.strip(",") or keys not in str(error.value)


def test_a_token_lasts_ninety_days() -> None:
    tokens, now = Tokens([KEY]), datetime(2026, 1, 1, tzinfo=UTC)
    token = tokens.issue(Session.begin(uuid4(), "ada@people.example", now=now))
    claims = jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert set(claims) == {"sub", "email", "iat", "exp", "jti", "auth_time"}
    assert claims["exp"] - claims["iat"] == LIFE.total_seconds() == 90 * 86_400


def test_on_a_laptop_the_cookie_travels_over_plain_http(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_URL", "http://localhost:8000")
    old = ApiClient(cookie=f"token={signed_in(ada, issued_at=utc_now() - timedelta(days=2))}")
    assert "Secure" not in old.get("/v1/auth/me").cookies[0]


def test_every_route_shows_and_changes_only_what_is_ones_own(
    ada: Person, bo: Person, inbox: Inbox, database: Database, team: Callable[..., str]
) -> None:
    [notification] = inbox.put(title="for Ada alone")
    owner, stranger = ApiClient(bearer=signed_in(ada)), ApiClient(bearer=signed_in(bo))
    team_id = team(owner=ada)
    device = owner.post("/v1/devices", {"channel": "mobile_push", "platform": "ios", "token": "ab" * 32}).body["device"]
    with database.transaction() as connection:
        project = connection.execute(
            text("insert into projects (team_id, name) values (:team_id, 'Secret Atlas') returning id"),
            {"team_id": team_id},
        ).scalar_one()
    before = everything(database)
    answers = [
        stranger.get("/v1/notifications"),
        stranger.get(f"/v1/notifications/{notification}"),
        stranger.patch(f"/v1/notifications/{notification}"),
        stranger.delete(f"/v1/notifications/{notification}"),
        stranger.post("/v1/notifications/mark-all-read", {"up_to": notification}),
        stranger.get("/v1/devices"),
        stranger.delete(f"/v1/devices/{device['id']}"),
        stranger.get("/v1/projects"),
        stranger.patch(f"/v1/projects/{project}", {"issue_alert_frequency": "none"}),
        stranger.get(f"/v1/teams/{team_id}/invitations"),
        stranger.post(f"/v1/teams/{team_id}/invitations", {"email": "bo@people.example"}),
        stranger.delete(f"/v1/teams/{team_id}/invitations/{uuid4()}"),
        stranger.get("/v1/auth/me"),
    ]
    assert [answer.status for answer in answers] == [200, 404, 404, 404, 404, 200, 404, 200, 404, 404, 404, 404, 200]
    leaked = json.dumps([answer.body for answer in answers])
    assert not any(secret in leaked for secret in ("Ada", ada.email, "Secret Atlas", "Cartographers", notification))
    assert everything(database) == before


def everything(database: Database) -> list[str]:
    tables = ("users", "notifications", "user_devices", "projects", "team_members", "team_invitations")
    with database.transaction() as connection:
        return [
            str(connection.execute(text(f"select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from {table} t")).scalar())
            for table in tables
        ]
