"""What every request passes, whichever route it is for."""

import base64
import gzip
import json
import re
import socket
from collections.abc import Callable
from threading import Thread

import pytest
from sqlalchemy import text

from functions.api.main import app
from owlpost.db.session import Database
from owlpost.sandbox import Sandbox
from tests.support.api import Answer, ApiClient
from tests.support.people import Person


def test_an_unknown_route_is_not_found(nobody: ApiClient, api: ApiClient) -> None:
    for client in (nobody, api):
        for method, path in [("GET", "/v1/nothing"), ("PUT", "/v1/auth/me"), ("POST", "/"), ("GET", "/v1/devices/")]:
            answer = client.request(method, path)
            assert (answer.status, answer.body) == (404, {"error": "There is nothing here.", "code": "nothing_here"})


def test_a_body_of_64_kib_is_taken_and_one_byte_more_is_not(api: ApiClient) -> None:
    frame = len('{"preferences": {}, "padding": ""}')
    fits = json.dumps({"preferences": {}, "padding": "x" * (64 * 1024 - frame)})
    assert api.patch("/v1/auth/me", fits).status == 200
    answer = api.patch("/v1/auth/me", fits + " ")
    assert (answer.status, set(answer.body)) == (413, {"error", "code"})
    encoded = base64.b64encode(fits.encode() + b" ").decode()
    assert api.request("POST", "/v1/auth/logout", body=encoded, isBase64Encoded=True).status == 413


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "nonsense",
        "null",
        "[]",
        '"text"',
        "5",
        '{"name": NaN}',
        '{"name": "\\ud800"}',
        '{"name": "\\u0000"}',
        '{"a": ' * 8_000 + "1" + "}" * 8_000,
        '{"name": "a", "x": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_no_json_object_that_can_be_stored_is_refused(api: ApiClient, body: str) -> None:
    answer = api.patch("/v1/auth/me", body)
    assert answer.status == 400
    assert set(answer.body) == {"error", "code", "details"}


def test_a_form_is_no_json(api: ApiClient) -> None:
    api.headers["content-type"] = "application/x-www-form-urlencoded"
    assert api.patch("/v1/auth/me", "name=Eve").status == 400
    api.headers["content-type"] = "text/plain"
    assert api.patch("/v1/auth/me", '{"name": "Eve"}').status == 400
    api.headers["content-type"] = "application/json; charset=utf-8"
    assert api.patch("/v1/auth/me", '{"name": "Ada"}').status == 200


def test_json_that_comes_encoded_is_read(api: ApiClient) -> None:
    encoded = base64.b64encode('{"name": "Åda"}'.encode()).decode()
    answer = api.request("PATCH", "/v1/auth/me", body=encoded, isBase64Encoded=True)
    assert answer.body["user"]["name"] == "Åda"
    for broken in ("%%%", base64.b64encode(b"\xff\xfe").decode()):
        assert api.request("PATCH", "/v1/auth/me", body=broken, isBase64Encoded=True).status == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": 5}, "name"),
        ({"name": ["Ada"]}, "name"),
        ({"preferences": "none"}, "preferences"),
        ({"preferences": []}, "preferences"),
    ],
)
def test_a_wrong_type_is_refused_by_the_fields_name(api: ApiClient, body: object, field: str) -> None:
    answer = api.patch("/v1/auth/me", body)
    assert (answer.status, answer.body["details"][0]["field"]) == (400, field)
    assert answer.error.startswith(f"{field} must be")


SAFE_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}


def test_every_answer_forbids_storing_sniffing_and_framing(api: ApiClient, nobody: ApiClient) -> None:
    for answer in (api.get("/v1/auth/me"), nobody.get("/v1/auth/me"), nobody.get("/nowhere"), nobody.get("/v1/health")):
        assert answer.headers["content-type"] == "application/json"
        assert {name: answer.headers.get(name) for name in SAFE_HEADERS} == SAFE_HEADERS


@pytest.mark.parametrize("path", ["/v1/notifications", "/v1/auth/me", "/v1/health", "/v1/docs", "/v1/nowhere"])
def test_head_has_the_status_and_headers_of_get_without_its_body(api: ApiClient, path: str) -> None:
    head, get = api.request("HEAD", path), api.get(path)
    assert (head.status, head.headers) == (get.status, get.headers)
    assert not head.body


def test_an_unknown_query_parameter_of_a_list_is_refused_by_its_name(
    api: ApiClient, ada: Person, team: Callable[..., str]
) -> None:
    team_id = team(owner=ada)
    for path in ("/v1/notifications", "/v1/devices", "/v1/projects", f"/v1/teams/{team_id}/invitations"):
        answer = api.get(path, readstate="unread")
        assert (answer.status, answer.body["details"][0]["field"]) == (400, "readstate")
        assert api.get(path).status == 200


@pytest.mark.own_database
def test_a_fault_of_ours_says_nothing_of_itself(api: ApiClient, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("alter table user_devices rename to mislaid"))
    answer = api.get("/v1/devices")
    assert answer.status == 500
    assert answer.body == {"error": "Something went wrong on our side. Please try again.", "code": "fault"}


def test_a_database_that_is_away_is_answered_with_when_to_try_again(
    api: ApiClient, nobody: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nobody.get("/v1/health").body == {"status": "ok"}
    with socket.socket() as taken:  # nobody listens, and nobody else can
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DATABASE_PORT", str(taken.getsockname()[1]))
        with Sandbox():
            answers = [api.get("/v1/notifications"), nobody.get("/v1/health")]
    for answer in answers:
        assert (answer.status, answer.headers["retry-after"]) == (503, "15")
        assert answer.body == {"error": "The service is away for a moment. Please try again.", "code": "away"}


def _answer_of_a_server(says: bytes | None, nobody: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """What health says of a server that takes the connect, and answers with these bytes or with nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1_000)
                if says:
                    connection.sendall(says)
                connection.recv(1_000)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        monkeypatch.setenv("DATABASE_PORT", str(listener.getsockname()[1]))
        with Sandbox():
            return nobody.get("/v1/health")


def _refusal(message: str) -> bytes:
    """What Postgres sends before a session: https://www.postgresql.org/docs/18/protocol-error-fields.html."""
    fields = b"SFATAL\0VFATAL\0C57P03\0M" + message.encode() + b"\0\0"
    return b"E" + (len(fields) + 4).to_bytes(4) + fields


@pytest.mark.parametrize(
    ("says", "word"),
    [
        (_refusal("the database system is starting up"), "starting"),
        (_refusal("the database system is shutting down"), "away"),
        (None, "starting"),  # as Aurora does while it resumes: it takes the connect and answers late
    ],
)
def test_health_says_starting_or_away_as_it_is(
    nobody: ApiClient, monkeypatch: pytest.MonkeyPatch, says: bytes | None, word: str
) -> None:
    assert nobody.get("/v1/health").status == 200
    answer = _answer_of_a_server(says, nobody, monkeypatch)
    assert answer.status == 503
    assert f"is {word}" in answer.body["error"]


def test_the_document_is_served_and_its_page_loads_nothing_from_elsewhere(nobody: ApiClient) -> None:
    document = nobody.get("/v1/openapi.json")
    assert document.status == 200
    assert document.body == json.loads(app.get_openapi_json_schema())
    assert document.body["openapi"].startswith("3.")
    page = nobody.get("/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "//" not in page.body.replace("</", "")
    assets = re.findall(r'"(/v1/docs/[0-9a-f]{16}/([\w.-]+))"', page.body)
    assert {name for _, name in assets} == {"start.js", "swagger-ui-bundle.min.js", "swagger-ui.min.css"}
    for path, _ in assets:
        answer = nobody.get(path)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        nobody.headers["accept-encoding"] = "br, gzip"
        compressed = nobody.get(path)
        assert compressed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(base64.b64decode(compressed.body)).decode() == answer.body
        nobody.headers.clear()


def test_a_documentation_asset_of_an_older_version_leads_to_the_current_one(nobody: ApiClient) -> None:
    old = nobody.get("/v1/docs/0123456789abcdef/start.js")
    assert (old.status, old.headers["cache-control"]) == (302, "no-store")
    assert nobody.get(old.headers["location"]).status == 200
    assert nobody.get("/v1/docs/0123456789abcdef/main.py").status == 404
