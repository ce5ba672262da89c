"""The OpenAPI document is true: what schemathesis makes of it meets no fault of ours, and no answer that it does not name.

Each case is built from the document: the edges of all parameters and bodies first, then some at random, the same in every run.
It passes the laptop's gateway on its way. Cases go one after the other, as Powertools keeps the event under way on a class.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi import checks

from owlpost.db.session import Database
from owlpost.domain.clock import utc_now
from tests.integration.api.conftest import Inbox, Postman, signed_in
from tests.support.api import ApiClient
from tests.support.api_wsgi import serve
from tests.support.people import Person, add_device
from tests.support.projects import add_project

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
#: Of a UUID in text: what looks like an id is exchanged for one of Ada's, what is malformed stays.
ID_LENGTH = 36


API = schemathesis.openapi.from_wsgi("/v1/openapi.json", serve)


@pytest.fixture
def owned(
    database: Database, ada: Person, api: ApiClient, inbox: Inbox, postman: Postman, team: Callable[..., str]
) -> dict[str, str]:
    """By the name of a parameter, the id of something that Ada may see and change."""
    team_id = team(owner=ada)
    with database.transaction() as connection:
        device_id = add_device(connection, ada, token="ada-phone")
    invitation = api.post(f"/v1/teams/{team_id}/invitations", {"email": "eve@people.example"})
    return {
        "team_id": team_id,
        "project_id": str(add_project(database, UUID(team_id), created=utc_now()).id),
        "device_id": str(device_id),
        "notification_id": inbox.put(2)[0],
        "invitation_id": invitation.body["id"],
    }


@settings(max_examples=10, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@API.parametrize()
def test_what_is_answered_is_what_the_document_says(
    case: schemathesis.Case[Any], ada: Person, owned: dict[str, str], postman: Postman
) -> None:
    """For Ada, where an id would be one of hers, and for nobody."""
    for name, value in case.path_parameters.items():
        if len(str(value)) == ID_LENGTH:
            case.path_parameters[name] = owned.get(name, value)
    case.call_and_validate(checks=CHECKS, headers={"authorization": f"Bearer {signed_in(ada)}"})
    case.call_and_validate(checks=CHECKS)
