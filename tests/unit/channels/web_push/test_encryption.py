"""What only one browser can read: the example of RFC 8291, and the peer that decrypts it."""

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from owlpost.channels.web_push.encryption import RECORD_BYTES, BrowserKeys, encrypt, public_point
from owlpost.channels.web_push.message import LIMIT_BYTES
from owlpost.domain.base64url import decoded, encoded

#: RFC 8291, section 5 and appendix A.
PLAINTEXT = decoded("V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24")
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RECEIVERS_POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl9"
    "5bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def key(number: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(number)), ec.SECP256R1())


def browser(receiver: ec.EllipticCurvePrivateKey) -> BrowserKeys:
    return BrowserKeys(public_point(receiver), decoded(AUTH))


def test_the_example_of_the_rfc_comes_out_byte_by_byte() -> None:
    assert encoded(public_point(key(RECEIVER))) == RECEIVERS_POINT
    body = encrypt(PLAINTEXT, browser(key(RECEIVER)), sender=key(SENDER), salt=decoded(SALT))
    assert encoded(body) == BODY


@pytest.mark.parametrize("size", [0, 1, 41, LIMIT_BYTES, RECORD_BYTES - 17])
def test_another_implementation_decrypts_it(size: int) -> None:
    receiver, plaintext = ec.generate_private_key(ec.SECP256R1()), bytes(range(256)) * 16
    body = encrypt(plaintext[:size], browser(receiver))
    opened = http_ece.decrypt(body, private_key=receiver, auth_secret=decoded(AUTH), version="aes128gcm")
    assert opened == plaintext[:size]


def test_a_push_of_the_largest_message_is_within_what_every_service_takes() -> None:
    assert len(encrypt(b"x" * LIMIT_BYTES, browser(key(RECEIVER)))) <= 2_744


def test_no_two_pushes_are_alike() -> None:
    receiver = browser(key(RECEIVER))
    first, second = encrypt(PLAINTEXT, receiver), encrypt(PLAINTEXT, receiver)
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def test_a_key_that_is_no_point_of_the_curve_is_refused() -> None:
    with pytest.raises(ValueError, match=r"(?i)point|key|curve"):
        encrypt(PLAINTEXT, BrowserKeys(b"\x04" + b"\x01" * 64, decoded(AUTH)))
