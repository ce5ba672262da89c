"""FCM's access token: the assertion that asks for one holds on a worker whose clock is off."""

import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.http2.exchange import Call, Response
from owlpost.channels.mobile_push.fcm_token import FcmAccessToken, ServiceAccount

if TYPE_CHECKING:
    from owlpost.channels.http2.client import PushClient

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ACCOUNT = ServiceAccount(
    "cartographers", "owlpost@example.iam.gserviceaccount.com", KEY, "k1", "https://oauth2.test/token"
)
HOUR = 3600


@dataclass
class Google:
    """Grants a token for each assertion, and keeps the assertions."""

    authority: bytes = b"oauth2.test"
    assertions: list[dict[str, int]] = field(default_factory=list)

    async def request(self, call: Call, *, deadline: float) -> Response:
        (assertion,) = parse_qs(call.body.decode())["assertion"]
        self.assertions.append(json.loads(jwt.PyJWS().decode(assertion, KEY.public_key(), algorithms=["RS256"])))
        lifetime = int(deadline)
        return Response(200, {}, json.dumps({"access_token": "ya29", "expires_in": lifetime}).encode())


def run(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run what waits for nothing."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


@given(
    st.floats(min_value=1.7e9, max_value=2.5e9),
    st.floats(min_value=-600, max_value=600),
    st.lists(st.floats(min_value=0, max_value=2 * HOUR), max_size=6),
)
def test_a_clock_ten_minutes_off_gets_no_assertion_refused_and_uses_no_token_that_has_expired(
    start: float, off: float, steps: list[float]
) -> None:
    """Google refuses an `iat` that is to come, an `exp` that is past, and a life longer than an hour."""
    google, now, asked_at = Google(), [start], start
    token = FcmAccessToken(ACCOUNT, cast("PushClient", google), clock=lambda: now[0] + off)
    for seconds in [0.0, *steps]:
        now[0] += seconds
        before = len(google.assertions)
        run(token.bearer(deadline=HOUR - 1))
        for claims in google.assertions[before:]:
            asked_at = now[0]
            assert claims["iat"] <= now[0] < claims["exp"]
            assert claims["exp"] - claims["iat"] <= HOUR
        assert now[0] < asked_at + HOUR - 1
