"""The account that the doctor looks at."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from infra.aws.configuration import Configuration
from infra.topology.canary import as_chosen
from infra.topology.model import Topology, physical_name
from infra.topology.plan import topology


@dataclass(frozen=True, slots=True)
class Account:
    """An account and region with the configuration that is, or will be, deployed there."""

    session: boto3.Session
    configuration: Configuration

    def client(self, service: str, *, seconds: float = 15) -> Any:
        """Return a client that waits so long for an answer."""
        config = Config(connect_timeout=5, read_timeout=seconds, retries={"total_max_attempts": 2})
        connect: Any = self.session.client
        return connect(service, config=config)

    @property
    def plan(self) -> Topology:
        return as_chosen(topology(self.configuration.channels), self.configuration.environment)

    def name(self, name: str) -> str:
        return physical_name(name, self.configuration.prefix)
