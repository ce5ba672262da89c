"""Which secrets the operator has filled in. Only their descriptions are read, which say nothing of their values."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Self

from botocore.config import Config

from owlpost import aws
from owlpost.secret_store import FRESH_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

#: The stage of the value before the present one: the deployment writes the first value, which is empty, and nobody but the
#: operator a second. https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
REPLACED = "AWSPREVIOUS"


class FilledSecrets:
    """Looks at secrets by name, each with the variables that it holds. A look holds for five minutes, as a value does."""

    def __init__(
        self,
        client: "SecretsManagerClient",
        secrets: Mapping[str, Collection[str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._secrets = secrets
        self._clock = clock
        self._found: frozenset[str] = frozenset()
        self._stale_at: float | None = None

    @classmethod
    def connect(cls, secrets: Mapping[str, Collection[str]]) -> Self:
        config = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "max_attempts": 3})
        return cls(aws.client("secretsmanager", config=config), secrets)

    def variables(self) -> frozenset[str]:
        """Return the variables of all secrets that have been filled in. Raises botocore's errors."""
        if self._stale_at is None or self._clock() >= self._stale_at:
            self._found = frozenset(
                variable
                for name, variables in self._secrets.items()
                if self._is_filled_in(name)
                for variable in variables
            )
            self._stale_at = self._clock() + FRESH_SECONDS
        return self._found

    def _is_filled_in(self, name: str) -> bool:
        versions = self._client.describe_secret(SecretId=name).get("VersionIdsToStages", {})
        return any(REPLACED in stages for stages in versions.values())
