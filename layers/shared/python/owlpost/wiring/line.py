"""The parts of the function that holds lines."""

from owlpost.connections import Connections
from owlpost.db.session import Database
from owlpost.domain.errors import Misconfigured
from owlpost.sandbox import once
from owlpost.services.people.lines import Lines
from owlpost.wiring.base import database as connect
from owlpost.wiring.settings import embedding_origins, settings

#: Well within what API Gateway waits for a connection to be let in, 29 seconds.
SECONDS = 8


@once
def database() -> Database:
    return connect(statement_timeout=SECONDS, waking_time=0)


@once
def connections() -> Connections:
    """Raises Misconfigured where the topology has no lines: nobody starts this function then."""
    endpoint = settings().line.endpoint
    if endpoint is None:
        raise Misconfigured("LINE_ENDPOINT: is missing, so no line can be reached")
    return Connections.at(endpoint)


@once
def lines() -> Lines:
    return Lines(database(), connections, embedding_origins() | {settings().web.url})
