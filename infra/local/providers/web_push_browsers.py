"""The browsers that have subscribed at the fake push service. Each keeps what only it may know: its private key."""

import base64
import json
import secrets
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path

MAKERS = ("mozilla", "google", "apple", "windows")


@dataclass(frozen=True, slots=True)
class Browser:
    """`application_key` is the page's `applicationServerKey`: nobody else may push here."""

    path: str
    application_key: str
    private_key: str
    auth: str

    @property
    def maker(self) -> str:
        return self.path.split("/")[1]

    def subscription(self, origin: str) -> dict[str, Any]:
        """Return it as `PushSubscription.toJSON()` does."""
        point = self._key().public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": base64.urlsafe_b64encode(point).rstrip(b"=").decode(), "auth": self.auth}
        return {"endpoint": origin + self.path, "expirationTime": None, "keys": keys}

    def decrypted(self, body: bytes) -> bytes:
        """Return what was encrypted for this browser, by http-ece. Raises ValueError for anything else."""
        auth = base64.urlsafe_b64decode(self.auth + "==")
        try:
            opened: bytes = http_ece.decrypt(body, private_key=self._key(), auth_secret=auth, version="aes128gcm")
        except (http_ece.ECEException, ValueError) as error:
            raise ValueError("nothing that this browser can read") from error
        return opened

    def _key(self) -> ec.EllipticCurvePrivateKey:
        key = load_pem_private_key(self.private_key.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("a browser's key is of an elliptic curve")
        return key


class Browsers:
    """All of them, in a file that outlives the process."""

    def __init__(self, folder: "Path") -> None:
        self._file = folder / "browsers.json"
        self._lock = threading.Lock()
        stored = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else []
        self._known = {each["path"]: Browser(**each) for each in stored}

    def subscribe(self, application_key: str, maker: str = "mozilla") -> Browser:
        """Return a new subscription, bound to the page's key. Raises ValueError for another maker."""
        if maker not in MAKERS:
            raise ValueError(f"{maker!r} makes no browser")
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        browser = Browser(f"/{maker}/{secrets.token_urlsafe(24)}", application_key, pem, secrets.token_urlsafe(16))
        with self._lock:
            self._known[browser.path] = browser
            self._file.touch(mode=0o600)
            self._file.write_text(json.dumps([asdict(each) for each in self._known.values()]), encoding="utf-8")
        return browser

    def at(self, path: str) -> Browser | None:
        return self._known.get(path)
