"""`/v1/notifications/acts` and `/v1/notifications/undo`: what a person does to several notifications, and back."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from functions.api.caller import Caller
from functions.api.error_responses import documented_responses
from functions.api.routes import new_router
from functions.api.schemas import inbox_acts as schemas
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["inbox"]


@router.post(
    "/v1/notifications/acts",
    summary="Read, done, delete, snooze or wake several",
    tags=TAGS,
    responses=documented_responses(200, 400),
)
def act(caller: Caller, asked: Annotated[schemas.Act, Body()]) -> schemas.Acted:
    acted = wiring.inbox_acts().act(caller.user.id, asked.act, asked.ids, until=asked.until, seconds=asked.seconds)
    return schemas.Acted(ids=list(acted.ids), unread_count=acted.unread_count, undo=acted.undo)


@router.post(
    "/v1/notifications/undo",
    summary="Undo an act, exactly",
    tags=TAGS,
    responses=documented_responses(200, 400),
)
def undo(caller: Caller, asked: Annotated[schemas.Undo, Body()]) -> schemas.Undone:
    restored = wiring.inbox_acts().undo(caller.user.id, asked.undo)
    return schemas.Undone(ids=list(restored.ids), unread_count=restored.unread_count)
