"""Clients of AWS by botocore alone: boto3 would make each cold start a quarter longer, for resources that nothing uses."""

from typing import TYPE_CHECKING, Any

from botocore.session import Session

from owlpost.sandbox import once

if TYPE_CHECKING:
    from botocore.config import Config


@once
def session() -> Session:
    """Return the session that all clients share, so that credentials and botocore's service models are read once."""
    return Session()


def client(service: str, *, config: "Config | None" = None, endpoint: str | None = None) -> Any:
    """Return the client that boto3 would make. It is untyped, as botocore ships no stubs for the services."""
    return session().create_client(service, config=config, endpoint_url=endpoint)
