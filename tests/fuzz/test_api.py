"""Hostile requests to the API's function in this process, many a second: no fault of ours, no cost out of proportion."""

import json
from collections.abc import Iterator

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.api.main import handler
from infra.local.postgres.server import Postgres
from infra.local.runtime.gateway_event import gateway_event, gateway_response
from infra.local.runtime.http_server import Request, Response
from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from owlpost.queue import Queues
from tests.fuzz import cost, edges
from tests.fuzz.conftest import Budget
from tests.fuzz.crowd import SIGNED, Crowd
from tests.support.api import ApiClient
from tests.support.wired import Wired

KEY = "a-key-of-the-fuzzers-that-is-long-enough-for-any-of-the-algorithms-to-take"
#: After so many hostile requests an honest one shows that they have left nothing behind.
HONEST_EVERY = 20


@pytest.fixture
def crowd(
    postgres: Postgres, database_name: str, database: Database, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Crowd]:
    wired = Wired(postgres, database_name, queues, monkeypatch)
    wired.as_function("api", JWT_KEYS=KEY, UNSUBSCRIBE_KEYS=KEY, WEB_URL="https://owlpost.example", SIGN_IN_PER_IP="0")
    yield Crowd(database, KEY, KEY)
    wired.end()


def test_no_value_at_any_place_of_a_request_makes_a_fault(crowd: Crowd, budget: Budget) -> None:
    document = json.loads(json.dumps(ApiClient().get("/v1/openapi.json").body))
    cards = edges.deal(budget.chance, edges.operations(document), SIGNED)
    while budget.is_left():
        budget.tried += 1
        somebody = crowd.somebody()
        asked = edges.request(budget.chance, next(cards), edges.Sender(somebody.bearer, somebody.owned))
        try:
            with cost.bounded(len(asked.body) + len(asked.target)):
                status = _answered(asked).status
        except Exception as fault:
            raise AssertionError(budget.named(str(asked))) from fault
        assert status < 500, budget.named(str(asked))
        if asked.target.startswith(edges.ENDING):  # it may have ended their session
            crowd.signed_out()
        if budget.tried % HONEST_EVERY == 0:
            assert ApiClient(bearer=crowd.somebody().bearer).get("/v1/auth/me").status == 200, budget.named(str(asked))


def _answered(asked: Request) -> Response:
    event = gateway_event(asked, now=utc_now(), request_id="fuzz")
    return gateway_response(handler(json.loads(json.dumps(event)), LambdaContext()))
