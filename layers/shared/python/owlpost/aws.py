"""AWS by botocore alone: boto3 on top of it would cost each cold start a quarter more, for resources that nothing here uses."""

from typing import TYPE_CHECKING, Any

from botocore.session import Session

from owlpost.sandbox import once

if TYPE_CHECKING:
    from botocore.config import Config


@once
def session() -> Session:
    """One for all: it finds the credentials, and reads what botocore knows of services, once."""
    return Session()


def client(service: str, *, config: "Config | None" = None) -> Any:
    """The same client as boto3's; untyped, as botocore has no stubs for the services."""
    return session().create_client(service, config=config)
