"""What functions of every kind are made on: the database, the queues and the meter."""

from owlpost.db import iam
from owlpost.db.session import STATEMENT_TIMEOUT, WAKING_TIME, Database, DatabaseAddress
from owlpost.observability import Meter
from owlpost.queue import Queues
from owlpost.sandbox import once
from owlpost.wiring.settings import settings


@once
def database(statement_timeout: int = STATEMENT_TIMEOUT, waking_time: float = WAKING_TIME) -> Database:
    where = settings().database
    return Database.at(
        DatabaseAddress(
            host=where.host,
            port=where.port,
            name=where.name,
            user=where.user,
            password=_password,
            tls_authority=where.tls_authority,
            statement_timeout=statement_timeout,
            waking_time=waking_time,
        )
    )


def _password() -> str | None:
    where = settings().database
    if where.auth == "iam":
        return iam.auth_token(where.host, where.port, where.user)
    return where.password.get_secret_value() if where.password else None


@once
def queues() -> Queues:
    return Queues.connect(settings().queue_urls)


@once
def meter() -> Meter:
    return Meter(by_type=settings().metrics.by_type)
