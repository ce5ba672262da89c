"""Who we are to a push service: one key for a secret, and a token that names the service."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from owlpost.channels.web_push.encryption import public_point
from owlpost.channels.web_push.vapid import LIFETIME_SECONDS, WINDOW_SECONDS, Vapid, key_of, public_key_of
from owlpost.domain.base64url import decoded
from owlpost.domain.browser_keys import is_public_key

SECRET = "a secret of these tests alone, and long"
NOW = 1_790_000_000.0


def parts(header: str) -> tuple[str, str]:
    scheme, token, key = header.split(" ")
    assert scheme == "vapid"
    return token.removeprefix("t=").removesuffix(","), key.removeprefix("k=")


def test_a_secret_stands_for_one_key_for_ever() -> None:
    # a subscription is bound to it: another value here would silence every browser there is
    assert public_key_of(SECRET) == (
        "BE2L0_V5jSUS8A-rztmIDGTI5zO9U4i1pzDOYCKqdeaSFJB2_FYWt574D-mJ870WZX8YVTA6WGOY51yWrSnbY8o"
    )
    assert is_public_key(public_key_of(SECRET))
    assert public_key_of(SECRET) != public_key_of(SECRET + "!")


def test_a_token_names_the_service_the_operator_and_an_end_within_a_day() -> None:
    header = Vapid(key_of(SECRET), "mailto:ops@owl.example").authorization(
        "https://fcm.googleapis.com/wp/abc?x=1", now=NOW
    )
    token, key = parts(header)
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    claims = jwt.decode(
        token, point, algorithms=["ES256"], audience="https://fcm.googleapis.com", options={"verify_exp": False}
    )
    assert claims["sub"] == "mailto:ops@owl.example"
    assert NOW < claims["exp"] <= NOW + LIFETIME_SECONDS <= NOW + 86_400
    assert decoded(key) == public_point(key_of(SECRET))
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT"}


def test_another_implementation_verifies_it() -> None:
    header = Vapid(key_of(SECRET), "https://owl.example").authorization(
        "https://updates.push.services.mozilla.com/wpush/v2/x", now=NOW
    )
    assert Vapid02.verify(header.replace(", k=", ",k="))  # it reads its own spelling alone
    token, key = parts(header)
    assert not Vapid02.verify(f"vapid t={token[:-4]}AAAA,k={key}")


def test_a_token_is_used_again_for_an_hour_and_by_its_service_alone() -> None:
    vapid = Vapid(key_of(SECRET), "https://owl.example")
    first, other = (
        vapid.authorization("https://a.example/1", now=NOW),
        vapid.authorization("https://b.example/1", now=NOW),
    )
    assert vapid.authorization("https://a.example/2", now=NOW) == first != other
    assert vapid.authorization("https://a.example/1", now=NOW + WINDOW_SECONDS) != first


@pytest.mark.parametrize("port", ["", ":8443"])
def test_the_audience_is_the_origin_with_its_port(port: str) -> None:
    token, _ = parts(
        Vapid(key_of(SECRET), "https://owl.example").authorization(f"https://push.example{port}/x", now=NOW)
    )
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == f"https://push.example{port}"
