"""`/v1/auth/me`: who I am, and what I want to be told on which channel."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.caller import Caller
from functions.api.error_responses import may_answer
from functions.api.routes import new_router
from functions.api.schemas import account as schemas
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.preferences import choices
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["me"]


@router.get("/v1/auth/me", summary="Who I am", tags=TAGS, responses=may_answer(200))
def me(caller: Caller) -> schemas.Me:
    user = caller.user
    return schemas.Me(
        user=schemas.User.model_validate(user),
        teams=[schemas.Team.model_validate(team) for team in wiring.accounts().teams_of(user.id)],
        notification_types=[schemas.TypeChoices.model_validate(each) for each in choices(user.preferences)],
    )


@router.patch("/v1/auth/me", summary="Change name or preferences", tags=TAGS, responses=may_answer(200, 400))
def change_me(caller: Caller, change: Annotated[schemas.ProfileChange, Body()]) -> schemas.ChangedProfile:
    if change.name is None and change.preferences is None:
        raise InvalidRequest("name", "or preferences must be given")
    user = wiring.accounts().change(caller.user.id, name=change.name, preferences=change.preferences)
    return schemas.ChangedProfile(
        user=schemas.User.model_validate(user),
        notification_types=[schemas.TypeChoices.model_validate(each) for each in choices(user.preferences)],
    )
