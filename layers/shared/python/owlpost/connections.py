"""The connections that API Gateway holds for pages: something is posted to them, or they are closed.

By the commands of https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from owlpost import aws
from owlpost.observability import count, logger

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

#: Calls at once: each waits some ten milliseconds for its answer.
PARALLEL_CALLS = 16
GONE = "GoneException"


class Connections:
    """What is told to one connection does not depend on another: each failure is logged, and none is raised."""

    def __init__(self, connect: "Callable[[], ApiGatewayManagementApiClient]") -> None:
        self._connect = connect

    @classmethod
    def at(cls, endpoint: str) -> "Connections":
        """`endpoint` is the address of the API's stage: https://{api-id}.execute-api.{region}.amazonaws.com/{stage}."""
        config = Config(
            max_pool_connections=PARALLEL_CALLS,
            connect_timeout=2,
            read_timeout=3,
            # Throttled calls are answered with LimitExceededException, 429, which this mode tries again.
            retries={"mode": "standard", "max_attempts": 3},
        )
        service = "apigatewaymanagementapi"
        return cls(lambda: cast("ApiGatewayManagementApiClient", aws.client(service, config=config, endpoint=endpoint)))

    @cached_property
    def _client(self) -> "ApiGatewayManagementApiClient":
        """Make the client at its first use: whoever only connects and disconnects needs none."""
        return self._connect()

    def post(self, ids: Sequence[str], message: bytes) -> list[str]:
        """Post the message to each. Return those that are gone."""
        client = self._client  # made before the threads start: botocore's session is not safe for threads
        gone, failed = self._each(ids, lambda id_: client.post_to_connection(ConnectionId=id_, Data=message))
        if failed:
            count("NudgesFailed", failed)
        return gone

    def close(self, ids: Sequence[str]) -> None:
        """Close each. One that is gone is closed already."""
        client = self._client
        _, failed = self._each(ids, lambda id_: client.delete_connection(ConnectionId=id_))
        if failed:
            count("HangUpsFailed", failed)

    @staticmethod
    def _each(ids: Sequence[str], call: Callable[[str], object]) -> tuple[list[str], int]:
        """Return those that are gone, and how many were not reached for another reason."""
        with ThreadPoolExecutor(min(PARALLEL_CALLS, max(1, len(ids)))) as pool:
            errors = list(pool.map(lambda id_: _tried(call, id_), ids))
        failed = [error for error in errors if error not in {None, GONE}]
        if failed:
            logger().warning("connections were not reached", extra={"number": len(failed), "error": failed[0]})
        return [id_ for id_, error in zip(ids, errors, strict=True) if error == GONE], len(failed)


def _tried(call: Callable[[str], object], id_: str) -> str | None:
    """Return the name of the error that the call ended in."""
    try:
        call(id_)
    except ClientError as error:
        is_gone = error.response["ResponseMetadata"]["HTTPStatusCode"] == 410
        return GONE if is_gone else str(error.response["Error"].get("Code"))
    except BotoCoreError as error:
        return type(error).__name__
    return None
