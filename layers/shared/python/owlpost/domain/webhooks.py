"""Verify signed webhooks by the scheme of Svix, which Resend and others use.

Source: docs.svix.com/receiving/verifying-payloads/how-manual. The secret is base64 after `whsec_`; signed is
"<id>.<timestamp>.<body>" with HMAC-SHA256; `svix-signature` holds one or more `v1,<base64>`, separated by spaces.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

from owlpost.domain.clock import Clock
from owlpost.domain.refusals import Unverified
from owlpost.domain.value import dataclass

SECRET_PREFIX = "whsec_"  # noqa: S105 (what secrets begin with)
VERSION = "v1,"
#: How far the sender's clock and ours may differ; an older webhook is a replay.
TOLERANCE = timedelta(minutes=5)
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Envelope:
    """The signed headers; `timestamp` is in seconds since the epoch, as it was written. Retries keep the id."""

    id: str
    timestamp: str
    signatures: tuple[str, ...] = ()

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Return the envelope of headers with names in lower case. Raises Unverified if one is missing or invalid."""
        id_, timestamp = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
        if not 0 < len(id_) <= LONGEST_ID or not re.fullmatch("[0-9]{1,12}", timestamp):
            raise Unverified
        return cls(id_, timestamp, tuple(headers.get("svix-signature", "").split()))

    @property
    def signed_at(self) -> datetime:
        return datetime.fromtimestamp(int(self.timestamp), UTC)

    def verify(self, body: bytes, secrets: Sequence[str], *, now: Clock) -> None:
        """Raises Unverified unless one of the secrets signed exactly this, within TOLERANCE of now.

        The clock may be the database's, so it is read only for what one of the secrets has signed.
        """
        expected = [self.sign(body, secret) for secret in secrets]
        # Every pair is compared, so that the time tells nothing about the secrets.
        matches = [hmac.compare_digest(good.encode(), given.encode()) for good in expected for given in self.signatures]
        if not any(matches) or abs(now().timestamp() - int(self.timestamp)) > TOLERANCE.total_seconds():
            raise Unverified

    def sign(self, body: bytes, secret: str) -> str:
        signed = f"{self.id}.{self.timestamp}.".encode() + body
        digest = hmac.digest(_key(secret), signed, "sha256")
        return VERSION + base64.b64encode(digest).decode()


def check_secret(secret: str) -> str:
    """Return the secret. Raises ValueError if it is not one."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError("must be secrets that begin with whsec_")
    try:
        _key(secret)
    except binascii.Error:
        raise ValueError("must be base64 after whsec_") from None
    return secret


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
