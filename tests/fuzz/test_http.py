"""schemathesis over every operation of the laptop's HTTP API, and mutations of what it makes: no answer is a 5xx."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from infra.local.laptop.laptop import Laptop
from tests.fuzz.conftest import HTTP_SECONDS, SEED, Budget
from tests.fuzz.crowd import Crowd
from tests.fuzz.honest import BODIES
from tests.fuzz.mutation import as_text, mutated
from tests.support.api import ApiClient

API = schemathesis.openapi.from_dict(json.loads(json.dumps(ApiClient().get("/v1/openapi.json").body)))
SHARE = HTTP_SECONDS / len(list(API.get_all_operations()))
#: Of each operation, what an idle machine tries in its share; when that is over, the rest is made and not sent.
EXAMPLES = max(5, round(SHARE / 0.15))
ID_LENGTH = 36
#: Of an honest body or the one that schemathesis has made: they take less time than another example.
MUTATIONS = 4
#: Longer than the gateway waits for a function.
TIMEOUT = 40
FORBIDDEN = 401
#: The API takes bodies of 64 KiB.
LARGEST = 60_000


@pytest.fixture
def http_budget() -> Budget:
    return Budget(SHARE)


@pytest.fixture(scope="module")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@API.parametrize()
def test_no_request_is_answered_with_a_5xx(
    case: schemathesis.Case[Any],
    laptop: Laptop,
    crowd: Crowd,
    http: requests.Session,
    http_budget: Budget,
    statuses: Counter[int],
) -> None:
    if not http_budget.is_left():
        return
    somebody = crowd.somebody()
    for name, value in case.path_parameters.items():
        if len(str(value)) == ID_LENGTH:
            case.path_parameters[name] = somebody.owned.get(name, value)
    headers = {"authorization": f"Bearer {somebody.bearer}"}
    sent = case.call(base_url=laptop.url, session=http, headers=headers, timeout=TIMEOUT)
    case.validate_response(sent, checks=[schemathesis.checks.not_a_server_error])
    found = [sent.status_code]
    if honest := [body for path, body in BODIES.items() if case.operation.path.startswith(path) and case.body]:
        made = case.body if isinstance(case.body, dict | list) else honest[0]
        for _ in range(MUTATIONS):
            body = as_text(
                http_budget.chance,
                mutated(http_budget.chance, http_budget.chance.choice((made, honest[0])), largest=LARGEST),
            )
            answer = http.request(
                case.method,
                laptop.url + quote(case.formatted_path, safe="/%"),
                data=body.encode(errors="surrogatepass"),
                headers={"authorization": f"Bearer {crowd.somebody().bearer}", "content-type": "application/json"},
                timeout=TIMEOUT,
            )
            assert answer.status_code < 500, (SEED, case.method, case.formatted_path, body[:2_000])
            found.append(answer.status_code)
    statuses.update(found)
    if FORBIDDEN in found:  # the request may have ended their session
        crowd.signed_out()


def test_the_api_was_met_behind_its_limits(statuses: Counter[int]) -> None:
    """Else the requests above have tried nothing but a limit or the sign-in."""
    assert statuses.total() > 0
    assert 10 * statuses[429] < statuses.total(), statuses
    assert 4 * statuses[FORBIDDEN] < statuses.total(), statuses
    assert 30 * sum(statuses[status] for status in (200, 201, 204)) > statuses.total(), statuses
