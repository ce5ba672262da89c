"""firebase-admin and google-auth as peers: the fakes understand them, and our calls are theirs but for what is said here."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import firebase_admin
import jwt
import pytest
from firebase_admin import credentials, exceptions, messaging

from infra.local.providers.exchange import Request
from infra.local.providers.fcm_catalogue import ANSWERS
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Sent
from tests.integration.peers.conftest import Overheard, Start
from tests.support.push_stage import android, deliver, delivery, opened, section

#: Headers that name the client, the connection or its encodings. They differ between any two HTTP clients.
OF_THE_CLIENT = {"user-agent", "accept", "accept-encoding", "connection", "content-length", "host"}
#: Pseudo-headers of HTTP/2: firebase-admin's blocking calls use HTTP/1.1.
OF_HTTP2 = {":method", ":path", ":scheme", ":authority"}
#: Google's SDKs count their versions by these.
METRICS = {"x-firebase-client", "x-goog-api-client"}
#: What [F reference/fcm/rest/v1/projects.messages] calls an accepted message.
NAME = re.compile(r"projects/[^/]+/messages/[^/]+")
INSTALLATION = "cIGjYPx6RVKAS2rGdG3lzA"


@pytest.fixture
def them(start: Start, monkeypatch: pytest.MonkeyPatch) -> Overheard:
    """Fakes that firebase-admin calls instead of Google."""
    overheard = start()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(overheard.providers.credentials.certificate))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    service = messaging._MessagingService
    monkeypatch.setattr(service, "FCM_URL", overheard.providers.urls["fcm"] + "/v1/projects/{0}/messages:send")
    return overheard


@contextmanager
def sdk(overheard: Overheard) -> Iterator[firebase_admin.App]:
    account = json.loads(overheard.providers.credentials.service_account_path.read_text())
    app = firebase_admin.initialize_app(credentials.Certificate(account), name=uuid4().hex)
    try:
        yield app
    finally:
        firebase_admin.delete_app(app)


def as_firebase_says(sent: Delivery, ours: dict[str, Any]) -> messaging.Message:
    """Return what a user of firebase-admin writes to send this delivery; values that depend on the time are ours."""
    android_config = messaging.AndroidConfig(
        collapse_key=str(sent.notification.id),
        priority="high",
        ttl=dt.timedelta(seconds=int(ours["android"]["ttl"].removesuffix("s"))),
        notification=messaging.AndroidNotification(tag=str(sent.notification.id)),
    )
    return messaging.Message(
        fid=sent.devices[0].token,
        notification=messaging.Notification(title=sent.notification.title, body=sent.notification.body),
        data={
            "type": sent.notification.type,
            "notification_id": str(sent.notification.id),
            "project_id": str(sent.notification.data["project_id"]),
            "link": str(sent.notification.link),
        },
        android=android_config,
    )


def calls(overheard: Overheard) -> tuple[Request, Request]:
    """Return the request for an access token, and the first message."""
    token, message = overheard.requests[:2]
    assert token.path == "/token"
    return token, message


def headers(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name not in OF_THE_CLIENT | OF_HTTP2}


def assertion(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    text = parse_qs(request.body.decode())["assertion"][0]
    return jwt.get_unverified_header(text), jwt.decode(text, options={"verify_signature": False})


@pytest.fixture
def both(start: Start, them: Overheard) -> tuple[Overheard, Overheard]:
    """The same delivery sent by us and by firebase-admin."""
    us, sent = start(), delivery(android())
    with opened(section(us.providers)) as channel:
        assert isinstance(deliver(channel, sent)[0], Sent)
    with sdk(them) as app:
        message = as_firebase_says(sent, json.loads(us.requests[1].body)["message"])
        name = messaging.send(message, app=app)
    assert name == them.providers.ledger.accepted()[0]["provider_id"]
    assert NAME.fullmatch(name)
    return us, them


def test_our_message_is_firebases_in_method_path_headers_and_members(both: tuple[Overheard, Overheard]) -> None:
    (_, ours), (_, theirs) = calls(both[0]), calls(both[1])
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert headers(theirs).keys() - headers(ours).keys() == METRICS
    assert headers(ours).keys() - headers(theirs).keys() == set()
    for name in ("content-type", "x-goog-api-format-version"):
        assert ours.headers[name] == theirs.headers[name]
    assert ours.headers["authorization"].split()[0] == theirs.headers["authorization"].split()[0] == "Bearer"
    our_message, their_message = (json.loads(each.body)["message"] for each in (ours, theirs))
    # The documents write the priority as HIGH, and firebase-admin as high: Google reads both.
    assert our_message["android"].pop("priority") == their_message["android"].pop("priority").upper() == "HIGH"
    # Apps register tokens with us, or the installation ids that follow them: FCM takes both as `token`.
    our_message["fid"] = our_message.pop("token")
    assert our_message == their_message


def test_our_request_for_a_token_is_google_auths(both: tuple[Overheard, Overheard]) -> None:
    (ours, _), (theirs, _) = calls(both[0]), calls(both[1])
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert headers(theirs).keys() - headers(ours).keys() == {"x-goog-api-client"}
    assert headers(ours)["content-type"] == headers(theirs)["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(ours.body.decode()).keys() == parse_qs(theirs.body.decode()).keys() == {"grant_type", "assertion"}
    (our_head, our_claims), (their_head, their_claims) = assertion(ours), assertion(theirs)
    assert our_head.keys() == their_head.keys() == {"alg", "kid", "typ"}
    assert our_claims.keys() == their_claims.keys() == {"iss", "aud", "scope", "iat", "exp"}
    # google-auth always names Google's own address, we that of the account: in a real account they are the same.
    assert their_claims["aud"] == "https://oauth2.googleapis.com/token"
    assert our_claims["exp"] - our_claims["iat"] == their_claims["exp"] - their_claims["iat"] == 3600
    # firebase-admin asks for all that a project has, we for messages alone.
    assert our_claims["scope"] in {*their_claims["scope"].split(), "https://www.googleapis.com/auth/firebase.messaging"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("unregistered", messaging.UnregisteredError),
        ("uninstalled_in_the_words_of_2018", exceptions.NotFoundError),
        ("sender_mismatch", messaging.SenderIdMismatchError),
        ("third_party_auth", messaging.ThirdPartyAuthError),
        ("device_quota", messaging.QuotaExceededError),
        ("project_quota", exceptions.ResourceExhaustedError),
        ("malformed_token", exceptions.InvalidArgumentError),
        ("permission_denied", exceptions.PermissionDeniedError),
    ],
)
def test_firebase_admin_reads_the_fakes_errors(
    them: Overheard, answer: str, error: type[exceptions.FirebaseError]
) -> None:
    them.suffers("fcm", "answer", answer=answer)
    with sdk(them) as app, pytest.raises(error):
        messaging.send(messaging.Message(fid=INSTALLATION), app=app)


def test_the_fake_itself_tells_firebase_admin_that_a_token_is_malformed(them: Overheard) -> None:
    with sdk(them) as app, pytest.raises(exceptions.InvalidArgumentError) as refused:
        messaging.send(messaging.Message(fid="no spaces"), app=app)
    assert refused.value.http_response.json() == ANSWERS["malformed_token"].document


def test_an_access_token_that_fcm_refuses_is_renewed_by_google_auth_too(them: Overheard) -> None:
    them.suffers("fcm", "expired_provider_token", times=1)
    with sdk(them) as app:
        assert messaging.send(messaging.Message(fid=INSTALLATION), app=app)
    assert [request.path for request in them.requests].count("/token") == 2


def test_google_auth_asks_again_after_a_failure_inside_of_google(them: Overheard) -> None:
    them.suffers("fcm_token", "answer", answer="internal_failure", times=1)
    with sdk(them) as app:
        assert messaging.send(messaging.Message(fid=INSTALLATION), app=app)


def test_google_auth_takes_a_deleted_account_for_final(them: Overheard) -> None:
    them.suffers("fcm_token", "answer", answer="deleted_client")
    with sdk(them) as app, pytest.raises(Exception, match="deleted_client"):
        messaging.send(messaging.Message(fid=INSTALLATION), app=app)
    assert [request.path for request in them.requests] == ["/token"]
