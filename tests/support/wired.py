"""Functions as Lambda runs them: with the topology's environment, from events to answers."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from aws_lambda_powertools.utilities.typing.lambda_client_context import LambdaClientContext

from infra.environment import function_environment
from infra.local.postgres.server import Postgres
from infra.topology.canary import whole
from infra.topology.model import OWNER
from owlpost.queue import Queues
from owlpost.queue_messages import Received
from owlpost.sandbox import Sandbox

TOPOLOGY = whole()


class Context(LambdaContext):
    """Lambda's context object."""

    def __init__(self, request_id: str | None = None, *, custom: dict[str, Any] | None = None) -> None:
        self._aws_request_id = request_id or str(uuid4())
        self._client_context = LambdaClientContext()
        self._client_context._custom = custom or {}

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


def role_of(zone: str) -> str:
    """The role that functions of the zone connect as in tests."""
    return f"owlpost_test_{zone}"


@dataclass
class Wired:
    postgres: Postgres
    database_name: str
    queues: Queues
    monkeypatch: pytest.MonkeyPatch
    environment: dict[str, str] = field(default_factory=dict)
    _sandboxes: ExitStack = field(default_factory=ExitStack, init=False)

    def as_function(self, name: str, **settings: str) -> None:
        """Make this process a fresh sandbox of that function, which may see these settings."""
        self.end()
        shared = {
            "DATABASE_HOST": self.postgres.host,
            "DATABASE_PORT": str(self.postgres.port),
            "DATABASE_NAME": self.database_name,
            "DATABASE_USER": self._user(name),
        }
        self.environment = function_environment(
            TOPOLOGY.function(name), shared=shared, queue_urls=self.queues.urls, settings=settings
        )
        for variable, value in self.environment.items():
            self.monkeypatch.setenv(variable, value)
        self._sandboxes.enter_context(Sandbox())

    def _user(self, name: str) -> str:
        zone = TOPOLOGY.function(name).zone
        return self.postgres.user if zone == OWNER else role_of(zone)

    def end(self) -> None:
        """End the sandbox: its connections close, and its environment goes."""
        self._sandboxes.close()
        for variable in self.environment:
            self.monkeypatch.delenv(variable)
        self.environment = {}


def sqs_event(queue: str, messages: Iterable[Received]) -> dict[str, Any]:
    """Return the event that Lambda builds of these messages."""
    return {
        "Records": [
            {
                "messageId": message.id,
                "receiptHandle": message.receipt_handle,
                "body": message.body,
                "attributes": {"ApproximateReceiveCount": str(message.receives), "SentTimestamp": "1793599200000"},
                "messageAttributes": {
                    name: {"dataType": "String", "stringValue": value} for name, value in message.attributes.items()
                },
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:owlpost-{queue}",
                "awsRegion": "us-east-1",
            }
            for message in messages
        ]
    }
