"""schemathesis over every operation of the API, and mutations of what it makes: no answer is a 5xx."""

from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from tests.fuzz.conftest import SECONDS, SEED, Budget
from tests.fuzz.mutation import as_text, mutated
from tests.integration.api.conftest import Inbox, Postman, signed_in
from tests.support.api import ApiClient
from tests.support.api_wsgi import serve
from tests.support.people import Person, add_device
from tests.support.projects import add_project

API = schemathesis.openapi.from_wsgi("/v1/openapi.json", serve)
#: Of each operation, by what an example takes on an idle machine: some 50 ms.
EXAMPLES = max(3, round(SECONDS / 3 / len(list(API.get_all_operations())) / 0.05))
ID_LENGTH = 36


@pytest.fixture
def owned(database: Database, ada: Person, inbox: Inbox, team: Any) -> dict[str, str]:
    """By the name of a path parameter, the id of something that Ada may see and change."""
    team_id = team(owner=ada)
    with database.transaction() as connection:
        device_id = add_device(connection, ada, token="ada-phone")
    project = add_project(database, UUID(team_id), created=utc_now())
    return {
        "team_id": team_id,
        "project_id": str(project.id),
        "device_id": str(device_id),
        "notification_id": inbox.put(2)[0],
    }


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@API.parametrize()
def test_no_request_is_answered_with_a_5xx(
    case: schemathesis.Case[Any], ada: Person, owned: dict[str, str], postman: Postman, budget: Budget
) -> None:
    for name, value in case.path_parameters.items():
        if len(str(value)) == ID_LENGTH:
            case.path_parameters[name] = owned.get(name, value)
    bearer = signed_in(ada)
    case.call_and_validate(
        checks=[schemathesis.checks.not_a_server_error], headers={"authorization": f"Bearer {bearer}"}
    )
    if isinstance(case.body, dict | list) and case.body:
        body = as_text(budget.chance, mutated(budget.chance, case.body))
        answer = ApiClient(bearer=bearer).request(case.method, case.formatted_path, body=body)
        assert answer.status < 500, (SEED, case.method, case.formatted_path, body[:2_000])
