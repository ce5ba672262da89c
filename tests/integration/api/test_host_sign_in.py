"""People who are signed in at the host product: its tokens, its keys, and what a stranger may try with either."""

import hmac
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from functions.api import cookies
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import Misconfigured
from owlpost.domain.refusals import NotSignedIn, Unavailable
from owlpost.host_tokens import FRESH, PAUSE, STALE, HostKeys, HostTokens
from owlpost.settings import Settings
from tests.integration.api.conftest import KEY, signed_in
from tests.support.api import ApiClient
from tests.support.clock import FakeClock
from tests.support.people import Person

ISSUER, AUDIENCE = "https://host.example/", "owlpost"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())


def public(key: Any, key_id: str, **more: object) -> dict[str, Any]:
    """The key in a JWKS, with the members that identity providers put beside it."""
    algorithm: Any = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": key_id, "use": "sig", "x5t": "NjVBRjY5", **more}


@dataclass
class Host:
    """Publishes keys at a loopback address, and counts how often it is asked."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [public(RSA, "2026-11", alg="RS256"), public(EC, "ec")])
    asked: int = 0
    status: int = 200
    body: bytes | None = None
    url: str = ""


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked += 1
            self.send_response(host.status if self.path != "/elsewhere" else 200)
            self.send_header("location", "/elsewhere")
            self.end_headers()
            self.wfile.write(host.body or json.dumps({"keys": host.keys}).encode())

        def log_message(self, *_said: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host.url = f"http://127.0.0.1:{server.server_address[1]}/.well-known/jwks.json"
        yield host
        server.shutdown()


def token(person: Person, *, key: Any = RSA, kid: str | None = "2026-11", alg: str = "RS256", **claims: Any) -> str:
    now = datetime.now(UTC)
    held = {
        "iss": ISSUER,
        "aud": [AUDIENCE, "another"],
        "iat": now,
        "exp": now + timedelta(minutes=5),
        "sub": str(person.id),
        **claims,
    }
    kept = {name: value for name, value in held.items() if value is not None}
    return jwt.encode(kept, key, algorithm=alg, headers={"kid": kid} if kid else None)


@pytest.fixture
def configured(host: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setenv("HOST_JWT_ISSUER", ISSUER)
    monkeypatch.setenv("HOST_JWT_AUDIENCE", AUDIENCE)
    monkeypatch.setenv("HOST_JWT_JWKS_URL", host.url)
    return host


def me(bearer: str) -> tuple[int, Any]:
    answer = ApiClient(bearer=bearer).get("/v1/auth/me")
    return answer.status, answer.body.get("user", {}).get("email")


@pytest.mark.usefixtures("configured")
def test_the_hosts_token_is_a_sign_in_and_our_own_still_is(ada: Person, bo: Person) -> None:
    assert me(token(ada)) == (200, ada.email)
    assert me(token(ada, key=EC, kid="ec", alg="ES256")) == (200, ada.email)
    assert me(signed_in(bo)) == (200, bo.email)


@pytest.mark.usefixtures("configured")
def test_users_are_matched_by_a_verified_address_where_that_is_configured(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_JWT_USER_BY", "email")
    assert me(token(ada, sub="auth0|5f7c8ec7", email="ADA@people.example", email_verified=True)) == (200, ada.email)
    assert me(token(ada, email=ada.email)) == (200, ada.email)
    assert me(token(ada, email=ada.email, email_verified=False))[0] == 401
    assert me(token(ada, email=ada.email, email_verified="true"))[0] == 401
    assert me(token(ada))[0] == 401


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example/"},
        {"aud": "another"},
        {"aud": None},
        {"exp": datetime(2026, 1, 1, tzinfo=UTC)},
        {"exp": None},
        {"iat": None},
        {"nbf": datetime(2100, 1, 1, tzinfo=UTC)},
        {"sub": "auth0|5f7c8ec7"},
        {"sub": str(uuid4())},
        {"sub": None},
        {"iat": 10**30},
    ],
)
def test_a_token_that_says_something_else_is_nobodys(ada: Person, claims: dict[str, Any]) -> None:
    assert me(token(ada, **claims))[0] == 401


@pytest.mark.usefixtures("configured")
def test_a_token_that_another_signed_is_nobodys(ada: Person, host: Host) -> None:
    """Another's key under a known id, no signature, and the public key taken for a shared secret."""
    shared = json.dumps(host.keys[0])
    now = datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + timedelta(minutes=5), "sub": str(ada.id)}
    assert me(token(ada, key=OTHER))[0] == 401
    assert me(token(ada, key=EC, alg="ES256"))[0] == 401
    assert me(jwt.encode(claims, "", algorithm="none", headers={"kid": "2026-11"}))[0] == 401
    head, body, _ = jwt.encode(claims, "x" * 64, algorithm="HS256", headers={"kid": "2026-11"}).split(".")
    signature = hmac.digest(shared.encode(), f"{head}.{body}".encode(), "sha256")
    assert me(f"{head}.{body}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}")[0] == 401
    assert me(jwt.encode({**claims, "iss": "ours"}, KEY[::-1], algorithm="HS256"))[0] == 401


@pytest.mark.usefixtures("configured")
def test_a_sign_out_ends_the_one_token_here(ada: Person) -> None:
    one, other = token(ada, jti="one"), token(ada, jti="other")
    assert ApiClient(bearer=one).post("/v1/auth/logout").status == 200
    assert (me(one)[0], me(other)[0]) == (401, 200)


@pytest.fixture
def by_cookie(configured: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setenv("HOST_JWT_COOKIE", "host_session")
    return configured


SAME_SITE = {"sec-fetch-site": "same-origin"}


@pytest.mark.usefixtures("by_cookie")
def test_the_hosts_cookie_is_a_sign_in_for_pages_of_the_same_origin_alone(ada: Person) -> None:
    cookie = f"host_session={token(ada)}"
    assert ApiClient(cookie=cookie).get("/v1/auth/me").body["user"]["email"] == ada.email
    body = {"name": "Ada L."}
    assert ApiClient(cookie=cookie, headers=SAME_SITE).patch("/v1/auth/me", body).status == 200
    assert ApiClient(cookie=cookie, headers={"sec-fetch-site": "cross-site"}).patch("/v1/auth/me", body).status == 403
    assert ApiClient(cookie=cookie).patch("/v1/auth/me", body).status == 403


@pytest.mark.usefixtures("by_cookie")
def test_a_cookie_of_ours_that_has_ended_does_not_hide_the_hosts(ada: Person, bo: Person) -> None:
    ended = signed_in(bo)
    assert ApiClient(bearer=ended).post("/v1/auth/logout").status == 200
    answer = ApiClient(cookie=f"token={ended}; host_session={token(ada)}").get("/v1/auth/me")
    assert answer.body["user"]["email"] == ada.email
    valid = ApiClient(cookie=f"token={signed_in(bo)}; host_session={token(ada)}").get("/v1/auth/me")
    assert valid.body["user"]["email"] == bo.email


@pytest.mark.usefixtures("by_cookie")
def test_the_hosts_cookie_is_never_taken_back(ada: Person) -> None:
    expired = token(ada, exp=datetime(2026, 1, 1, tzinfo=UTC))
    answer = ApiClient(cookie=f"host_session={expired}").get("/v1/auth/me")
    assert (answer.status, answer.cookies) == (401, [])
    signed_out = ApiClient(cookie=f"host_session={token(ada)}", headers=SAME_SITE).post("/v1/auth/logout")
    assert not any(each.startswith("host_session=") for each in signed_out.cookies)


@pytest.mark.usefixtures("configured")
def test_a_cookie_of_the_hosts_that_has_our_older_name_is_the_hosts(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST_JWT_COOKIE", "token")
    expired = token(ada, exp=datetime(2026, 1, 1, tzinfo=UTC))
    answer = ApiClient(cookie=f"token={expired}").get("/v1/auth/me")
    assert (answer.status, answer.cookies) == (401, [])
    assert ApiClient(cookie=f"token={token(ada)}").get("/v1/auth/me").status == 200
    signed_out = ApiClient(cookie=f"token={token(ada)}", headers=SAME_SITE).post("/v1/auth/logout")
    assert not any(each.startswith("token=") for each in signed_out.cookies)


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(("name", "deleted"), [("host_session", ["token"]), ("token", [])])
def test_a_sign_in_of_ours_deletes_our_older_cookie_and_not_the_hosts(
    monkeypatch: pytest.MonkeyPatch, name: str, deleted: list[str]
) -> None:
    monkeypatch.setenv("HOST_JWT_COOKIE", name)
    assert [each.name for each in cookies.session("ours")] == ["__Host-token", *deleted]


@pytest.mark.usefixtures("by_cookie")
@pytest.mark.parametrize("name", ["host_session", "token"])
def test_no_token_of_the_hosts_becomes_one_of_ours(ada: Person, name: str) -> None:
    """Ours would outlive what the host decides."""
    now = datetime.now(UTC)
    old = token(ada, iat=now - timedelta(days=3), exp=now + timedelta(minutes=5))
    answer = ApiClient(cookie=f"{name}={old}").get("/v1/auth/me")
    assert (answer.status, answer.cookies) == (200, [])


@pytest.mark.usefixtures("configured")
def test_without_its_setting_no_cookie_of_the_hosts_counts(ada: Person) -> None:
    assert ApiClient(cookie=f"host_session={token(ada)}").get("/v1/auth/me").status == 401


@pytest.mark.parametrize("name", ["a b", "a;b", "a=b", "a,b"])
@pytest.mark.usefixtures("configured")
def test_a_name_that_is_no_cookies_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("HOST_JWT_COOKIE", name)
    with pytest.raises(Misconfigured, match="HOST_JWT_COOKIE"):
        _ = Settings.from_environment().host_jwt


def test_a_cookie_alone_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_JWT_COOKIE", "host_session")
    with pytest.raises(Misconfigured, match="cookie needs issuer"):
        _ = Settings.from_environment().host_jwt


def test_without_the_setting_the_hosts_token_is_nobodys(ada: Person) -> None:
    assert me(token(ada))[0] == 401


@pytest.fixture
def keys(host: Host) -> HostKeys:
    return HostKeys(host.url, FakeClock(utc_now()))


def clock_of(keys: HostKeys) -> FakeClock:
    assert isinstance(keys.now, FakeClock)
    return keys.now


def test_keys_are_fetched_once_and_rotate(host: Host, keys: HostKeys, ada: Person) -> None:
    tokens = HostTokens(keys, ISSUER, AUDIENCE)
    for _ in range(20):
        tokens.verify(token(ada))
    assert host.asked == 1
    host.keys = [public(OTHER, "2026-12")]
    clock_of(keys).advance(seconds=PAUSE.total_seconds())
    assert tokens.verify(token(ada, key=OTHER, kid="2026-12")).user_id == ada.id
    assert host.asked == 2
    with pytest.raises(NotSignedIn):
        tokens.verify(token(ada))


def test_a_withdrawn_key_ends_within_minutes(host: Host, keys: HostKeys, ada: Person) -> None:
    tokens = HostTokens(keys, ISSUER, AUDIENCE)
    tokens.verify(token(ada))
    host.keys = [public(EC, "ec")]
    clock_of(keys).advance(seconds=FRESH.total_seconds())
    with pytest.raises(NotSignedIn):
        tokens.verify(token(ada))


def test_a_thousand_tokens_that_name_unknown_keys_ask_the_host_once(host: Host, keys: HostKeys, ada: Person) -> None:
    tokens = HostTokens(keys, ISSUER, AUDIENCE)
    tokens.verify(token(ada))
    clock_of(keys).advance(seconds=PAUSE.total_seconds())
    strange = token(ada, key=OTHER, kid="unheard of")
    for _ in range(1_000):
        with pytest.raises(NotSignedIn):
            tokens.verify(strange)
    assert host.asked == 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b"{}"),
        (302, None),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"keys": []}'),
        (200, b"[" * 60_000),
        (200, json.dumps({"keys": [public(RSA, "2026-11")]}).encode().ljust(70_000)),
    ],
)
def test_while_the_host_answers_badly_the_last_keys_hold_for_a_day(
    host: Host, keys: HostKeys, ada: Person, status: int, body: bytes | None
) -> None:
    tokens = HostTokens(keys, ISSUER, AUDIENCE)
    tokens.verify(token(ada))
    host.status, host.body = status, body
    clock_of(keys).advance(seconds=FRESH.total_seconds())
    assert tokens.verify(token(ada)).user_id == ada.id
    clock_of(keys).advance(seconds=STALE.total_seconds())
    with pytest.raises(Unavailable):
        tokens.verify(token(ada))


def test_a_host_that_was_never_reached_is_a_503_and_no_refusal(
    ada: Person, configured: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured.status = 503
    answer = ApiClient(bearer=token(ada)).get("/v1/auth/me")
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize(
    "variables",
    [
        {"HOST_JWT_ISSUER": ISSUER},
        {"HOST_JWT_ISSUER": ISSUER, "HOST_JWT_AUDIENCE": AUDIENCE, "HOST_JWT_JWKS_URL": "http://host.example/keys"},
        {"HOST_JWT_USER_BY": "name"},
    ],
)
def test_a_setting_that_makes_no_sense_is_named(variables: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="HOST_JWT_"):
        _ = Settings(variables).host_jwt
