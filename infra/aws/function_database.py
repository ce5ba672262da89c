"""How one function reaches the database: its environment, and the secret or the user it signs in with."""

import json

from infra.aws.database import DatabaseLink
from infra.topology.model import OWNER, Function

TLS_AUTHORITY = "/opt/rds.pem"


def database_user(function: Function, link: DatabaseLink) -> str:
    """Return the user that the function connects as."""
    return link.owner if function.zone == OWNER else link.role_of(function.zone)


def database_secrets(function: Function, link: DatabaseLink) -> list[str]:
    """Return the name of the secret with the user's password; none where IAM lets it in."""
    secret = link.owner_secret if function.zone == OWNER else link.app_secret
    return [secret.secret_name] if secret else []


def database_environment(function: Function, link: DatabaseLink, *, zones: tuple[str, ...]) -> dict[str, str]:
    """Return DATABASE_*; a migration is told of the roles that it makes, and of what each is for."""
    variables = {
        "DATABASE_HOST": link.host,
        "DATABASE_PORT": link.port,
        "DATABASE_NAME": link.name,
        "DATABASE_USER": database_user(function, link),
        "DATABASE_AUTH": link.auth,
        **({"DATABASE_TLS_AUTHORITY": TLS_AUTHORITY} if link.tls else {}),
    }
    if function.zone != OWNER or link.owner == link.user:
        return variables
    roles: dict[str, list[str]] = {}
    for zone in zones:
        roles.setdefault(link.role_of(zone), []).append(zone)
    return {**variables, "DATABASE_ROLES": json.dumps(roles)}
