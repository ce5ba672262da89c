"""Secrets from Secrets Manager by name: read once per sandbox, and again when they are five minutes old."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from owlpost import aws
from owlpost.domain.errors import Misconfigured
from owlpost.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

#: How long a sandbox uses a secret that it has read: the longest time until a new one is in use.
FRESH_SECONDS = 300


class SecretStore:
    """The named secrets as one mapping of environment variables; each secret is a JSON object of some of them.

    `generation` grows by one whenever a secret has changed, so that parts built from secrets can be rebuilt.
    """

    def __init__(
        self, client: "SecretsManagerClient", names: Sequence[str], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._names = names
        self._clock = clock
        self._values: Mapping[str, str] = {}
        self._generation = 0
        self._stale_at = -1.0

    @classmethod
    def connect(cls, names: Sequence[str]) -> Self:
        config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("secretsmanager", config=config), names)

    @property
    def values(self) -> Mapping[str, str]:
        self._refresh()
        return self._values

    @property
    def generation(self) -> int:
        self._refresh()
        return self._generation

    def _refresh(self) -> None:
        """Read the secrets if they are stale. Raises Misconfigured at the first read; later a fault keeps the old values."""
        if self._generation and self._clock() < self._stale_at:
            return
        try:
            values = self._merged()
        except (ClientError, BotoCoreError, Misconfigured) as error:
            if not self._generation:
                raise
            logger().warning("secrets could not be read again", extra={"error": type(error).__name__})
            values = dict(self._values)
        self._stale_at = self._clock() + FRESH_SECONDS
        if values != self._values or not self._generation:
            self._values = values
            self._generation += 1

    def _merged(self) -> dict[str, str]:
        """Return the values of all secrets. An empty one is not filled in yet, and takes no other secret's place."""
        values: dict[str, str] = {}
        for name in self._names:
            found = self._read(name)
            values |= {key: value for key, value in found.items() if value or key not in values}
        return values

    def _read(self, name: str) -> dict[str, str]:
        text = self._client.get_secret_value(SecretId=name)["SecretString"]
        try:
            document = json.loads(text)
        except ValueError:  # its message would quote the secret
            document = None
        if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
            raise Misconfigured(f"secret {name}: must be a JSON object of texts")
        return document
