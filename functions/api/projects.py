"""`/v1/projects`: how often each project sends a digest of its issues."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from functions.api.caller import Caller
from functions.api.error_responses import documented_responses
from functions.api.query import refuse_unknown_parameters
from functions.api.routes import new_router
from functions.api.schemas import teams as schemas
from owlpost.domain.frequencies import effective
from owlpost.domain.projects import Project
from owlpost.services.people.projects import LARGEST_PAGE
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["projects"]


@router.get(
    "/v1/projects",
    summary="Projects of my teams",
    tags=TAGS,
    responses=documented_responses(200, 400),
    middlewares=[refuse_unknown_parameters],
)
def list_projects(
    caller: Caller,
    cursor: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(description="1 to 1,000; other values are clamped")] = LARGEST_PAGE,
) -> schemas.ProjectList:
    page = wiring.projects().of_teams(caller.user.id, cursor=cursor or None, limit=limit)
    return schemas.ProjectList(
        projects=[_project(project) for project in page.projects],
        cursor=page.cursor,
        has_more=page.cursor is not None,
    )


@router.patch(
    "/v1/projects/<project_id>",
    summary="Set the alert frequency",
    tags=TAGS,
    responses=documented_responses(200, 400, 404),
)
def set_frequency(
    caller: Caller, project_id: UUID, change: Annotated[schemas.FrequencyChange, Body()]
) -> schemas.ProjectResponse:
    changed = wiring.projects().set_frequency(caller.user.id, project_id, change.issue_alert_frequency)
    return schemas.ProjectResponse(project=_project(changed))


def _project(project: Project) -> schemas.Project:
    return schemas.Project(
        id=project.id,
        team_id=project.team_id,
        name=project.name,
        issue_alert_frequency=project.issue_alert_frequency,
        effective_issue_alert_frequency=effective(project.issue_alert_frequency),
    )
