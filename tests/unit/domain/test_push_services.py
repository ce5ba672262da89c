"""Which subscriptions are taken: those of a push service, with keys that can be encrypted for."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from owlpost.domain.base64url import encoded
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.push_services import PushServices, is_auth, is_key


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://web.push.apple.com/QNa",
        "https://wns2-par02p.notify.windows.com/w/?token=BQ%2b",
    ],
)
def test_every_browsers_service_is_known(url: str) -> None:
    assert PushServices().endpoint(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://fcm.googleapis.com/",
        "https://fcm.googleapis.com.evil.example/",
        "https://evilpush.apple.com.example/",
        "https://push.apple.com/",
        "https://xpush.apple.com/",
        "https://fcm.googleapis.com:8443/",
        "https://fcm.googleapis.com@evil.example/",
        "https://169.254.169.254/latest",
        "",
    ],
)
def test_whatever_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest):
        PushServices().endpoint(url)


def test_one_that_is_allowed_inside_is_allowed_at_its_port_alone() -> None:
    services = PushServices.with_more("127.0.0.1:8080")
    assert services.endpoint("http://127.0.0.1:8080/mozilla/1")
    with pytest.raises(InvalidRequest):
        services.endpoint("http://127.0.0.1:8081/mozilla/1")


def test_a_point_of_the_curve_is_a_key_and_nothing_else_is() -> None:
    for _ in range(20):
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        assert is_key(encoded(point))
        assert not is_key(encoded(point[:-1] + bytes([point[-1] ^ 1])))
        assert not is_key(encoded(b"\x05" + point[1:]))
        assert not is_key(encoded(point[:-1]))
    assert not is_key("")
    assert not is_key("not base64url!")
    assert not is_key(encoded(b"\x04" + b"\xff" * 64))


@pytest.mark.parametrize(
    ("text", "good"), [("A" * 22, True), ("A" * 22 + "==", True), ("A" * 20, False), ("ä" * 22, False)]
)
def test_a_secret_for_authentication_has_sixteen_bytes(text: str, *, good: bool) -> None:
    assert is_auth(text) is good
