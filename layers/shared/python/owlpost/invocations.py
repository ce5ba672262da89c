"""Functions of ours that a function starts and does not wait for: Lambda keeps the event, and tries it again if it fails."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from owlpost import aws
from owlpost.domain import json_values
from owlpost.domain.refusals import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

#: Seconds after which a caller may ask again.
RETRY_AFTER = 5


class Invocations:
    """The functions by the topology's names, with their names in the account."""

    def __init__(self, connect: "Callable[[], LambdaClient]", names: Mapping[str, str]) -> None:
        self._connect = connect
        self._names = names

    def knows(self, function: str) -> bool:
        """Return whether this one may start the function."""
        return function in self._names

    @cached_property
    def _client(self) -> "LambdaClient":
        """Make the client at its first use, as few invocations start another."""
        return self._connect()

    @classmethod
    def connect(cls, names: Mapping[str, str]) -> "Invocations":
        config = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
        return cls(lambda: cast("LambdaClient", aws.client("lambda", config=config)), names)

    @classmethod
    def connect_briefly(cls, names: Mapping[str, str]) -> "Invocations":
        """Return functions that are asked once, for a second, for events that nobody should wait for."""
        config = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
        return cls(lambda: cast("LambdaClient", aws.client("lambda", config=config)), names)

    def start(self, function: str, event: object) -> None:
        """Hand the event to Lambda for the function. It may run twice. Raises Unavailable if Lambda did not take it."""
        try:
            self._client.invoke(
                FunctionName=self._names[function],
                InvocationType="Event",
                Payload=json_values.compact(event).encode(),
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(f"{function} could not be started", retry_after=RETRY_AFTER) from error
