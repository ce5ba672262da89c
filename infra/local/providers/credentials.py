"""The laptop's accounts with the fake providers: made once in the data folder, and reused."""

import base64
import hashlib
import json
import secrets
import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.local.providers.certificate import ensure_certificate

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


@dataclass(frozen=True, slots=True)
class Accounts:
    """Identifiers and secrets; the private keys are PEM."""

    resend_api_key: str
    apns_key_id: str
    apns_team_id: str
    apns_bundle_id: str
    apns_key: str
    fcm_project_id: str
    fcm_client_email: str
    fcm_key_id: str
    fcm_key: str
    fcm_token_secret: str

    @property
    def resend_webhook_secret(self) -> str:
        """Derive it from the API key, so that both are kept for the same time."""
        return "whsec_" + base64.b64encode(hashlib.sha256(self.resend_api_key.encode()).digest()).decode()

    @property
    def telegram_token(self) -> str:
        """Derive it as well; it looks as BotFather's do."""
        return "123456789:" + hashlib.sha256(b"telegram" + self.resend_api_key.encode()).hexdigest()[:35]


class Credentials:
    """The accounts, and their files for Owlpost and the operator."""

    def __init__(self, folder: "Path") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = folder / "certificate.pem"
        self.certificate_key = folder / "certificate-key.pem"
        self.apns_key_path = folder / "apns-key.p8"
        self.service_account_path = folder / "fcm-service-account.json"
        self.accounts = _load_or_make(folder / "accounts.json")
        ensure_certificate(self.certificate, self.certificate_key)
        _write_private(self.apns_key_path, self.accounts.apns_key)

    def write_service_account(self, *, token_uri: str) -> None:
        """Write the service account's file in Google's form, with the address of the token endpoint."""
        _write_private(self.service_account_path, json.dumps(self._service_account(token_uri), indent=2))

    def _service_account(self, token_uri: str) -> dict[str, str]:
        accounts = self.accounts
        return {
            "type": "service_account",
            "project_id": accounts.fcm_project_id,
            "private_key_id": accounts.fcm_key_id,
            "private_key": accounts.fcm_key,
            "client_email": accounts.fcm_client_email,
            "client_id": "100000000000000000001",
            "token_uri": token_uri,
        }


def _load_or_make(path: "Path") -> Accounts:
    if path.exists():
        stored: dict[str, Any] = json.loads(path.read_text())
        return Accounts(**stored)
    accounts = _new_accounts()
    _write_private(path, json.dumps(asdict(accounts), indent=2))
    return accounts


def _new_accounts() -> Accounts:
    project = "owlpost-laptop"
    return Accounts(
        resend_api_key=f"re_{secrets.token_urlsafe(24)}",
        apns_key_id=secrets.token_hex(5).upper(),
        apns_team_id=secrets.token_hex(5).upper(),
        apns_bundle_id="com.owlmetry.laptop",
        apns_key=_pem(ec.generate_private_key(ec.SECP256R1())),
        fcm_project_id=project,
        fcm_client_email=f"firebase-adminsdk@{project}.iam.gserviceaccount.com",
        fcm_key_id=uuid.uuid4().hex,
        fcm_key=_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        fcm_token_secret=secrets.token_hex(32),
    )


def _pem(key: "PrivateKeyTypes") -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _write_private(path: "Path", text: str) -> None:
    """Write a secret so that only its owner can read it."""
    path.touch(mode=0o600)
    path.write_text(text)
