"""How one function reaches the database: its environment, and the secret or the user it signs in with."""

from infra.aws.database import DatabaseLink
from infra.topology.model import Function

TLS_AUTHORITY = "/opt/rds.pem"


def migrates(function: Function) -> bool:
    """The one function that connects as the database's owner."""
    return function.name == "migrate"


def database_secrets(function: Function, link: DatabaseLink) -> list[str]:
    secret = link.owner_secret if migrates(function) else link.app_secret
    return [secret.secret_name] if secret else []


def database_environment(function: Function, link: DatabaseLink) -> dict[str, str]:
    common = {
        "DATABASE_HOST": link.host,
        "DATABASE_PORT": link.port,
        "DATABASE_NAME": link.name,
        **({"DATABASE_TLS_AUTHORITY": TLS_AUTHORITY} if link.tls else {}),
    }
    if not migrates(function):
        return {**common, "DATABASE_USER": link.user, "DATABASE_AUTH": link.auth}
    role = {"DATABASE_APP_ROLE": link.user} if link.owner != link.user else {}
    return {**common, "DATABASE_USER": link.owner, **role}
