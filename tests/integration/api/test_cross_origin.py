"""Pages of other origins: only those that are listed, only with a token, and never by a cookie."""

import pytest

from owlpost.db.session import Database
from owlpost.sandbox import Sandbox
from owlpost.wiring import api as wiring
from tests.integration.api.conftest import Inbox, signed_in
from tests.integration.api.test_caller import OPERATIONS
from tests.support.api import Answer, ApiClient
from tests.support.people import Person

APP, OTHER = "https://app.example.com", "http://localhost:5173"
#: What looks like a listed origin and is none, and what no page has.
STRANGERS = (
    "https://evil-app.example.com",
    "https://app.example.com.evil.example",
    "https://evil.example/https://app.example.com",
    "https://sub.app.example.com",
    "https://example.com",
    "https://app.example.com:8443",
    "https://app.example.com:443",
    "http://app.example.com",
    "https://APP.example.com",
    "http://localhost:5174",
    "http://localhost",
    "http://127.0.0.1:5173",
    "null",
    "*",
    "",
)
CORS = ("access-control-allow-origin", "access-control-expose-headers", "access-control-allow-credentials")
ASKED = {"access-control-request-method": "PATCH", "access-control-request-headers": "authorization,content-type"}


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setenv("EMBED_ORIGINS", f"{APP}, {OTHER}")


def preflight(origin: str, path: str = "/v1/auth/me") -> Answer:
    return ApiClient(headers={"origin": origin, **ASKED}).request("OPTIONS", path)


def said(answer: Answer) -> dict[str, str]:
    """What of the answer a browser decides by."""
    return {name: answer.headers[name] for name in CORS if name in answer.headers}


@pytest.mark.parametrize("origin", [APP, OTHER])
def test_a_listed_origin_is_told_what_it_may_send(origin: str) -> None:
    answer = preflight(origin)
    assert (answer.status, answer.body, answer.cookies) == (204, "", [])
    assert answer.headers == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, HEAD, POST, PATCH, DELETE",
        "access-control-allow-headers": "authorization, content-type, if-none-match",
        "access-control-max-age": "7200",
        "cache-control": "no-store",
        "vary": "origin",
    }


def test_a_preflight_asks_neither_the_database_nor_a_secret(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first may start a function, but wakes no database."""
    monkeypatch.setenv("DATABASE_HOST", "no.such.host.invalid")
    monkeypatch.delenv("JWT_KEYS")

    def never() -> Database:
        raise AssertionError("a preflight connected")

    sandbox.provide(wiring.database, never)
    assert preflight(APP).status == 204


@pytest.mark.parametrize("origin", STRANGERS)
def test_no_other_origin_is_told_that_it_may(origin: str, ada: Person) -> None:
    asked = preflight(origin)
    assert (asked.status, said(asked)) == (404, {})
    read = ApiClient(bearer=signed_in(ada), headers={"origin": origin}).get("/v1/auth/me")
    assert said(read) == {}


def test_a_listed_page_reads_what_it_asked_with_a_token(ada: Person, inbox: Inbox) -> None:
    [id_] = inbox.put()
    page = ApiClient(bearer=signed_in(ada), headers={"origin": APP, "sec-fetch-site": "cross-site"})
    for answer in (
        page.get("/v1/notifications"),
        page.patch(f"/v1/notifications/{id_}", {"read": True}),
        page.post("/v1/notifications/acts", {"act": "done", "ids": [id_]}),
        page.delete(f"/v1/notifications/{id_}"),
    ):
        assert answer.status == 200
        assert said(answer) == {
            "access-control-allow-origin": APP,
            "access-control-expose-headers": "etag, retry-after",
        }
        assert answer.headers["vary"] == "origin"


def test_a_listed_page_reads_what_went_wrong_as_well(ada: Person) -> None:
    """Else it could not tell a token that has ended from a network that fails."""
    ended = ApiClient(bearer="ended", headers={"origin": APP}).get("/v1/auth/me")
    assert (ended.status, said(ended)["access-control-allow-origin"]) == (401, APP)
    page = ApiClient(bearer=signed_in(ada), headers={"origin": APP})
    for answer, status in (
        (page.get("/v1/nothing"), 404),
        (page.patch("/v1/auth/me", {"name": 5}), 400),
        (page.patch("/v1/auth/me", {"name": "x" * 70_000}), 413),
    ):
        assert (answer.status, said(answer)["access-control-allow-origin"]) == (status, APP)
    counted = page.get("/v1/notifications/unread-count")
    again = ApiClient(bearer=page.bearer, headers={"origin": APP, "if-none-match": counted.headers["etag"]}).get(
        "/v1/notifications/unread-count"
    )
    assert (again.status, said(again)["access-control-allow-origin"]) == (304, APP)


def test_a_cookie_of_another_origin_never_counts_not_even_for_a_listed_one(ada: Person) -> None:
    for site in ("cross-site", "same-site"):
        page = ApiClient(cookie=f"token={signed_in(ada)}", headers={"origin": APP, "sec-fetch-site": site})
        for answer in (page.get("/v1/auth/me"), page.patch("/v1/auth/me", {"name": "Eve"})):
            assert (answer.status, said(answer), answer.cookies) == (403, {}, [])
    both = ApiClient("nonsense", f"token={signed_in(ada)}", headers={"origin": APP}).get("/v1/auth/me")
    assert both.status == 401


def test_a_listed_page_can_sign_nobody_in(ada: Person) -> None:
    page = ApiClient(headers={"origin": APP, "sec-fetch-site": "cross-site"})
    for path, body in (("send-code", {"email": ada.email}), ("verify-code", {"email": ada.email, "code": "123456"})):
        answer = page.post(f"/v1/auth/{path}", body)
        assert (answer.status, said(answer), answer.cookies) == (403, {}, [])


def test_without_the_setting_the_api_is_as_if_there_were_no_other_origins(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBED_ORIGINS", "")
    with Sandbox():
        assert preflight(APP).status == 404
        answer = ApiClient(bearer=signed_in(ada), headers={"origin": APP}).get("/v1/auth/me")
        assert (answer.status, said(answer), "vary" in answer.headers) == (200, {}, False)


def test_every_method_of_the_api_is_one_that_a_page_is_told_it_may_use() -> None:
    allowed = preflight(APP).headers["access-control-allow-methods"].split(", ")
    assert {method for method, _, _ in OPERATIONS} <= set(allowed)
