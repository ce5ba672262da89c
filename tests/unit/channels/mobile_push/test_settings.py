"""The providers' accounts: absent is fine, half there or garbled is found at cold start."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from owlpost.channels.http2.client import PushClient, tls_context
from owlpost.channels.mobile_push.settings import apns_settings, fcm_settings
from owlpost.domain.errors import Misconfigured


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


P256 = pem(ec.generate_private_key(ec.SECP256R1()))
RSA = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
APNS = {
    "APNS_KEY_ID": "KEYID12345",
    "APNS_TEAM_ID": "TEAMID1234",
    "APNS_KEY_P8": P256,
    "APNS_BUNDLE_ID": "com.owlmetry.app",
}
ACCOUNT = {
    "project_id": "owlmetry",
    "client_email": "push@owlmetry.iam.gserviceaccount.com",
    "private_key": RSA,
    "private_key_id": "abc",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def test_without_a_key_there_is_no_apns() -> None:
    assert apns_settings({"APNS_ENV": "sandbox", "APNS_BUNDLE_ID": "com.owlmetry.app", "APNS_KEY_P8": ""}) is None


def test_a_whole_key_speaks_to_apple() -> None:
    settings = apns_settings(APNS)
    assert settings is not None
    assert settings.origins == {
        "production": "https://api.push.apple.com",
        "sandbox": "https://api.sandbox.push.apple.com",
    }
    assert settings.environment == "production"


def test_a_key_with_its_line_breaks_written_out_is_understood() -> None:
    settings = apns_settings(APNS | {"APNS_KEY_P8": P256.replace("\n", "\\n")})
    assert settings is not None
    assert settings.signing_key.key.private_numbers() == apns_settings(APNS).signing_key.key.private_numbers()  # type: ignore[union-attr] # set above


@pytest.mark.parametrize("name", APNS)
def test_a_key_with_a_part_missing_is_found_at_cold_start(name: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        apns_settings(APNS | {name: ""})


@pytest.mark.parametrize("text", ["garbage", P256[:60], RSA, pem(ec.generate_private_key(ec.SECP384R1()))])
def test_a_malformed_key_is_found_at_cold_start_and_not_repeated_in_the_error(text: str) -> None:
    with pytest.raises(Misconfigured, match="APNS_KEY_P8") as caught:
        apns_settings(APNS | {"APNS_KEY_P8": text})
    assert text not in str(caught.value)


def test_an_environment_that_apple_does_not_have_is_refused() -> None:
    with pytest.raises(Misconfigured, match="APNS_ENV"):
        apns_settings(APNS | {"APNS_ENV": "staging"})


def test_without_a_service_account_there_is_no_fcm() -> None:
    assert fcm_settings({"FCM_BASE_URL": "https://localhost"}) is None


def test_a_service_account_speaks_to_google() -> None:
    settings = fcm_settings({"FCM_SERVICE_ACCOUNT": json.dumps(ACCOUNT)})
    assert settings is not None
    assert settings.origin == "https://fcm.googleapis.com"
    assert settings.account.project_id == "owlmetry"


@pytest.mark.parametrize("name", ACCOUNT)
def test_a_service_account_with_a_part_missing_is_found_at_cold_start(name: str) -> None:
    with pytest.raises(Misconfigured, match=name):
        fcm_settings({"FCM_SERVICE_ACCOUNT": json.dumps({**ACCOUNT, name: None})})


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({**ACCOUNT, "private_key": P256})])
def test_a_malformed_service_account_is_found_at_cold_start(text: str) -> None:
    with pytest.raises(Misconfigured, match="FCM_SERVICE_ACCOUNT"):
        fcm_settings({"FCM_SERVICE_ACCOUNT": text})


@pytest.mark.parametrize("origin", ["http://localhost:1", "localhost", "https://"])
def test_pushes_are_never_sent_in_the_clear(origin: str) -> None:
    with pytest.raises(Misconfigured, match="https"):
        PushClient(origin, tls_context(), limit=1)


def test_a_file_of_trusted_certificates_that_is_not_there_is_found_at_cold_start() -> None:
    with pytest.raises(Misconfigured, match="no-such"):
        tls_context("/no-such/ca.pem")
