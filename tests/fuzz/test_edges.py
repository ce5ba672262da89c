"""Hostile requests by the wire to every door of the laptop's gateway: the API, pages, assets and webhooks. None is a 5xx."""

import http.client
import json
from urllib.parse import urlsplit

from infra.local.laptop.laptop import Laptop
from infra.local.runtime.http_server import Request
from tests.fuzz import edges
from tests.fuzz.conftest import Budget
from tests.fuzz.crowd import SIGNED, Crowd
from tests.fuzz.edges import Operation
from tests.support.api import ApiClient

#: Longer than any function has time.
TIMEOUT = 120
#: What no OpenAPI document names.
DOORS = (
    *(Operation("GET", path, ("next", "token")) for path in ("/", "/dashboard", "/dashboard/{notification_id}")),
    *(Operation("GET", path, ("token",)) for path in ("/dashboard/login", "/invite/{token}", "/invite/accept")),
    *(Operation("GET", path) for path in ("/assets/{token}", "/assets/{token}/{team_id}", "/{token}", "/v1/docs")),
    *(Operation("HEAD", path) for path in ("/dashboard/login", "/assets/{token}", "/v1/health")),
    Operation(
        "POST", "/v1/webhooks/resend", body={"type": "email.bounced", "created_at": "2026-11-28T06:00:00Z", "data": {}}
    ),
    *(Operation("PUT", path, body={}) for path in ("/dashboard", "/v1/auth/me")),
)


def test_no_value_at_any_place_of_a_request_is_a_5xx(laptop: Laptop, crowd: Crowd, budget: Budget) -> None:
    document = json.loads(json.dumps(ApiClient().get("/v1/openapi.json").body))
    cards = edges.deal(budget.chance, [*DOORS, *edges.operations(document)], SIGNED)
    while budget.is_left():
        budget.tried += 1
        somebody = crowd.somebody()
        asked = edges.request(budget.chance, next(cards), edges.Sender(somebody.bearer, somebody.owned))
        status = _status(laptop, asked)
        if status >= 500:  # a machine that is too busy stops a function that starts cold: a fault of ours comes again
            status = _status(laptop, asked)
        assert status < 500, (status, budget.named(str(asked)))
        if asked.target.startswith(edges.ENDING):
            crowd.signed_out()


def _status(laptop: Laptop, asked: Request) -> int:
    """Send the request byte by byte as it is; a client library would put some of it right."""
    host = urlsplit(laptop.url).netloc
    connection = http.client.HTTPConnection(host, timeout=TIMEOUT)
    try:
        connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers:
            connection.putheader(name, host if name == "host" else _bytes(value))
        connection.putheader("content-length", str(len(asked.body)))
        connection.endheaders(asked.body)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _bytes(value: str) -> bytes:
    """Return the header as bytes: a lone low surrogate stands for a byte that is no text, any other goes as it is."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
