"""Which keys of a browser can be encrypted for."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from owlpost.domain.base64url import encoded
from owlpost.domain.browser_keys import is_auth, is_public_key


def test_a_point_of_the_curve_is_a_key_and_nothing_else_is() -> None:
    for _ in range(20):
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        assert is_public_key(encoded(point))
        assert is_public_key(encoded(point) + "=")
        assert not is_public_key(encoded(point[:-1] + bytes([point[-1] ^ 1])))
        assert not is_public_key(encoded(b"\x05" + point[1:]))
        assert not is_public_key(encoded(point[:-1]))


@pytest.mark.parametrize(
    "text", ["", "not base64url!", "ä" * 87, encoded(b"\x04" + b"\xff" * 64), None, 4, b"\x04" * 65]
)
def test_whatever_else_is_none(text: object) -> None:
    assert not is_public_key(text)


@pytest.mark.parametrize(
    ("text", "good"), [("A" * 22, True), ("A" * 22 + "==", True), ("A" * 20, False), ("ä" * 22, False), (None, False)]
)
def test_a_secret_for_authentication_has_sixteen_bytes(text: object, *, good: bool) -> None:
    assert is_auth(text) is good
