"""The push providers' accounts, read from the channel's environment variables and checked before the first push."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from owlpost.channels.mobile_push.apns_token import SigningKey
from owlpost.channels.mobile_push.fcm_token import ServiceAccount
from owlpost.domain import endpoints
from owlpost.domain.errors import Misconfigured
from owlpost.domain.value import dataclass

PRODUCTION, SANDBOX = "production", "sandbox"
APNS_KEY = ("APNS_KEY_ID", "APNS_TEAM_ID", "APNS_KEY_P8")
APNS_ORIGINS = {
    PRODUCTION: ("APNS_PRODUCTION_URL", "https://api.push.apple.com"),
    SANDBOX: ("APNS_SANDBOX_URL", "https://api.sandbox.push.apple.com"),
}
FCM_ORIGIN = "https://fcm.googleapis.com"
#: What each variable means, and its default: docs/environment.md is made of it.
VARIABLES: Mapping[str, tuple[str, str]] = {
    "APNS_KEY_ID": ("id of the key for APNs", ""),
    "APNS_TEAM_ID": ("id of the team at Apple that the key is of", ""),
    "APNS_KEY_P8": ("the key itself, PEM with line breaks or `\\n`", ""),
    "APNS_BUNDLE_ID": ("bundle id of the app, which is the topic of each push; must be set where there is a key", ""),
    "APNS_ENV": ("`production` or `sandbox`, for devices that name neither", PRODUCTION),
    **{
        variable: (f"address of APNs for devices of {environment}", usual)
        for environment, (variable, usual) in APNS_ORIGINS.items()
    },
    "APNS_CA_FILE": ("PEM file with the certificate authority of a fake APNs", ""),
    "FCM_SERVICE_ACCOUNT": ("JSON of the service account, as Google's console gives it", ""),
    "FCM_BASE_URL": ("address of FCM", FCM_ORIGIN),
    "FCM_CA_FILE": ("PEM file with the certificate authority of a fake FCM", ""),
}
ACCOUNT_FIELDS = ("project_id", "client_email", "private_key", "private_key_id", "token_uri")


@dataclass(frozen=True, slots=True)
class ApnsSettings:
    """`environment` is for devices that name none; `origins` are by environment."""

    signing_key: SigningKey
    bundle_id: str
    environment: str
    origins: Mapping[str, str]
    ca_file: str | None


@dataclass(frozen=True, slots=True)
class FcmSettings:
    account: ServiceAccount
    origin: str
    ca_file: str | None


def apns_settings(section: Mapping[str, str]) -> ApnsSettings | None:
    """Return APNs' settings, None where no key is set; Misconfigured where it is set in part or cannot be read."""
    if not any(section.get(name) for name in APNS_KEY):
        return None
    missing = [name for name in (*APNS_KEY, "APNS_BUNDLE_ID") if not section.get(name)]
    if missing:
        raise Misconfigured(f"{', '.join(missing)}: not set, though other parts of the APNs key are")
    environment = section.get("APNS_ENV") or PRODUCTION
    if environment not in APNS_ORIGINS:
        raise Misconfigured(f"APNS_ENV: {environment!r} is neither {PRODUCTION} nor {SANDBOX}")
    return ApnsSettings(
        signing_key=SigningKey(_apns_key(section["APNS_KEY_P8"]), section["APNS_KEY_ID"], section["APNS_TEAM_ID"]),
        bundle_id=section["APNS_BUNDLE_ID"],
        environment=environment,
        origins={name: _origin(section, variable, usual) for name, (variable, usual) in APNS_ORIGINS.items()},
        ca_file=section.get("APNS_CA_FILE") or None,
    )


def fcm_settings(section: Mapping[str, str]) -> FcmSettings | None:
    """Return FCM's settings, None where no service account is set; Misconfigured where it cannot be used."""
    text = section.get("FCM_SERVICE_ACCOUNT")
    if not text:
        return None
    return FcmSettings(
        account=_service_account(text),
        origin=_origin(section, "FCM_BASE_URL", FCM_ORIGIN),
        ca_file=section.get("FCM_CA_FILE") or None,
    )


def _origin(section: Mapping[str, str], variable: str, usual: str) -> str:
    try:
        return endpoints.origin(section.get(variable) or usual)
    except ValueError as error:
        raise Misconfigured(f"{variable}: {error}") from None


def _apns_key(pem: str) -> EllipticCurvePrivateKey:
    key = _private_key(pem, "APNS_KEY_P8")
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise Misconfigured("APNS_KEY_P8: is not a P-256 key")


def _service_account(text: str) -> ServiceAccount:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Misconfigured("FCM_SERVICE_ACCOUNT: is not JSON") from error
    fields = document if isinstance(document, dict) else {}
    missing = [name for name in ACCOUNT_FIELDS if not isinstance(fields.get(name), str) or not fields[name]]
    if missing:
        raise Misconfigured(f"FCM_SERVICE_ACCOUNT: has no {', '.join(missing)}")
    key = _private_key(fields["private_key"], "FCM_SERVICE_ACCOUNT")
    if not isinstance(key, RSAPrivateKey):
        raise Misconfigured("FCM_SERVICE_ACCOUNT: its private_key is not an RSA key")
    try:
        token_uri = endpoints.address(fields["token_uri"])
    except ValueError as error:
        raise Misconfigured(f"FCM_SERVICE_ACCOUNT: its token_uri {error}") from None
    return ServiceAccount(fields["project_id"], fields["client_email"], key, fields["private_key_id"], token_uri)


def _private_key(pem: str, variable: str) -> Any:
    """Read a PEM key; many places that keep environment variables write its line breaks out as `\\n`."""
    text = pem.replace("\\n", "\n").strip().encode()
    try:
        return load_pem_private_key(text, password=None)
    except (ValueError, TypeError) as error:  # the cause may quote the key
        raise Misconfigured(f"{variable}: is not a private key in PEM ({type(error).__name__})") from None
