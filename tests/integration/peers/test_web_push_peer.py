"""pywebpush as a peer: the fake push service understands it, and our push is its push but for what is said here."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import requests
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pywebpush import webpush

from infra.local.providers.exchange import Request
from owlpost.channels.push_words import LIFETIME
from owlpost.channels.web_push.channel import build
from owlpost.channels.web_push.message import push_message
from owlpost.channels.web_push.vapid import key_of, public_key_of
from owlpost.domain.destinations import Destination
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Sent
from owlpost.seals import Seals
from tests.integration.peers.conftest import Overheard, Start
from tests.support.mails import delivery as told_to_ada
from tests.support.mails import notification
from tests.support.receiving import KEYS

SECRET = "a secret of these tests alone, and long"
SUBJECT = "mailto:operator@owlpost.example"
#: Headers of the library that carries it: of `requests` on their side. pywebpush names no type of content, and `requests` none
#: for bytes; RFC 8030 has one in its examples.
ONLY_THEIRS = {"accept", "accept-encoding", "user-agent", "connection"}
ONLY_OURS = {"content-type"}
#: The same header with another value. `host`: of another fake. `authorization`: signed at random, and see below.
OTHER_VALUES = {"host", "authorization"}


def subscription(overheard: Overheard) -> dict[str, Any]:
    browser = overheard.providers.browsers.subscribe(public_key_of(SECRET))
    return browser.subscription(overheard.providers.urls["web_push"])


def private_key() -> str:
    """Our key as py_vapid takes it: its DER in base64url."""
    der = key_of(SECRET).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return urlsafe_b64encode(der).decode()


def theirs(overheard: Overheard, told: Delivery, *, ttl: int) -> Request:
    with requests.Session() as session:
        session.trust_env = False
        answer = webpush(
            subscription(overheard),
            data=push_message(told),
            vapid_private_key=private_key(),
            vapid_claims={"sub": SUBJECT},
            ttl=ttl,
            headers={"urgency": "high", "topic": told.notification.id.hex},
            requests_session=session,
            timeout=10,
        )
    assert answer.status_code == 201
    return overheard.requests[-1]


def ours(overheard: Overheard, told: Delivery, *, at: datetime) -> Request:
    taken, id_ = subscription(overheard), uuid4()
    sealed = Seals(KEYS).seal(id_, {"url": taken["endpoint"], **taken["keys"]})
    to = replace(told, destinations=(Destination(id_, "browser", sealed, "live", at),))
    hosts = overheard.providers.urls["web_push"].removeprefix("http://")
    adapter = build(
        {
            "DESTINATION_KEYS": KEYS[0],
            "WEB_PUSH_SECRET": SECRET,
            "WEB_PUSH_SUBJECT": SUBJECT,
            "WEB_PUSH_HOSTS": hosts,
        }
    )
    batch = DeliveryBatch(uuid4(), (to,), datetime.now(UTC) + timedelta(seconds=20), at=at)
    report = adapter.deliver(batch, {to.id: adapter.render(to)})
    assert isinstance(report.outcomes[to.id], Sent)
    return overheard.requests[-1]


def claims(request: Request) -> Mapping[str, Any]:
    token = request.headers["authorization"].removeprefix("vapid t=").partition(",")[0]
    found: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_our_push_is_pywebpushs_push(start: Start) -> None:
    first, second = start(), start()
    at = datetime.now(UTC)
    told = replace(told_to_ada(of=replace(notification(), created_at=at)), unread=3)
    their, our = theirs(first, told, ttl=int(LIFETIME.total_seconds())), ours(second, told, at=at)
    assert their.headers.keys() - our.headers.keys() == ONLY_THEIRS - our.headers.keys()
    assert our.headers.keys() - their.headers.keys() == ONLY_OURS
    for name in our.headers.keys() & their.headers.keys() - OTHER_VALUES:
        assert our.headers[name] == their.headers[name], name
    assert len(our.body) == len(their.body)
    assert our.body[16:21] == their.body[16:21]  # the size of a record, and of the key
    shown = [each.providers.ledger.accepted()[0] for each in (first, second)]
    same = ("payload", "title", "text", "notification_id", "collapse_id", "headers")
    assert [shown[0][name] for name in same] == [shown[1][name] for name in same]


def test_our_token_says_what_py_vapids_says(start: Start) -> None:
    first, second = start(), start()
    at = datetime.now(UTC)
    told = told_to_ada(of=replace(notification(), created_at=at))
    their, our = theirs(first, told, ttl=60), ours(second, told, at=at)
    assert claims(our).keys() == claims(their).keys()
    assert claims(our)["sub"] == claims(their)["sub"]
    assert claims(our)["aud"] == second.providers.urls["web_push"]
    assert claims(their)["aud"] == first.providers.urls["web_push"]
    assert (
        their.headers["authorization"].partition(",")[2].strip()
        == our.headers["authorization"].partition(",")[2].strip()
    )
