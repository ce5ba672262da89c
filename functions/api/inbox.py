"""`/v1/notifications`: the caller's inbox."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from functions.api.caller import Caller
from functions.api.error_responses import JSON, documented_responses
from functions.api.query import plain_text, refuse_unknown_parameters, words_of
from functions.api.ready_json import ready
from functions.api.routes import new_router
from functions.api.schemas import inbox as schemas
from owlpost.domain.inbox import Chosen, ReadState
from owlpost.domain.json_values import compact
from owlpost.services.people.inbox import USUAL_PAGE
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["inbox"]


@router.get(
    "/v1/notifications",
    summary="A page of the inbox",
    tags=TAGS,
    responses=documented_responses(200, 400),
    middlewares=[refuse_unknown_parameters],
)
def list_notifications(  # noqa: PLR0917 (the resolver passes them by name)
    caller: Caller,
    read_state: Annotated[ReadState, Query()] = "all",
    type: Annotated[str | None, Query()] = None,  # noqa: A002 (the clients' name for it)
    cursor: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(description="1 to 200; what is beyond is clamped")] = USUAL_PAGE,
    project_id: Annotated[str | None, Query(description="As a notification names it")] = None,
    team_id: Annotated[UUID | None, Query()] = None,
    q: Annotated[str | None, Query(description="Words that title, body or project all contain")] = None,
) -> Response[schemas.NotificationPage]:
    chosen = Chosen(
        read_state=read_state,
        type=type or None,
        project_id=plain_text("project_id", project_id) or None,
        team_id=team_id,
        words=words_of("q", q),
    )
    page = wiring.inbox().page(caller.user.id, chosen, cursor=cursor or None, limit=limit)
    rest = {
        "cursor": page.cursor,
        "has_more": page.cursor is not None,
        "unread_count": page.unread_count,
        "chosen_unread": page.chosen_unread,
        "seen": page.seen,
        "excerpts": page.excerpts,
    }
    return ready(schemas.NotificationPage, f'{{"notifications":{page.entries},{compact(rest)[1:]}')


@router.get(
    "/v1/notifications/unread-count", summary="How many are unread", tags=TAGS, responses=documented_responses(200, 304)
)
def unread_count(caller: Caller) -> Response[schemas.UnreadCount]:
    count = wiring.inbox().unread_count(caller.user.id)
    return Response(
        200, JSON, schemas.UnreadCount(count=count, lines=wiring.has_lines() or None), headers={"ETag": f'"{count}"'}
    )


@router.post(
    "/v1/notifications/mark-all-read",
    summary="Mark all as read",
    tags=TAGS,
    responses=documented_responses(200, 400, 404),
)
def mark_all_read(caller: Caller, asked: Annotated[schemas.MarkAll | None, Body()] = None) -> schemas.MarkedAll:
    asked = asked or schemas.MarkAll()
    chosen = Chosen(type=asked.type, project_id=asked.project_id, team_id=asked.team_id)
    marked, undo = wiring.inbox().mark_all_read(caller.user.id, chosen, up_to=asked.up_to, seen=asked.seen)
    return schemas.MarkedAll(
        marked=marked.marked, unread_count=marked.unread_count, undo=undo if asked.undoable else None
    )


@router.get(
    "/v1/notifications/<notification_id>",
    summary="One notification",
    tags=TAGS,
    responses=documented_responses(200, 404),
)
def open_notification(caller: Caller, notification_id: UUID) -> schemas.NotificationWithDeliveries:
    opened = wiring.inbox().open(caller.user.id, notification_id)
    entry = schemas.Notification.model_validate(opened.entry)
    return schemas.NotificationWithDeliveries(
        notification=schemas.OpenedNotification(**dict(entry), data=dict(opened.data)),
        deliveries=[schemas.DeliveryRecord.model_validate(record) for record in opened.deliveries],
    )


@router.patch(
    "/v1/notifications/<notification_id>",
    summary="Mark as read or unread",
    tags=TAGS,
    responses=documented_responses(200, 400, 404),
)
def set_read(
    caller: Caller, notification_id: UUID, change: Annotated[schemas.ReadChange | None, Body()] = None
) -> schemas.ChangedNotification:
    read = change.read if change else True
    entry, unread = wiring.inbox().set_read(caller.user.id, notification_id, read=read)
    return schemas.ChangedNotification(notification=schemas.Notification.model_validate(entry), unread_count=unread)


@router.delete(
    "/v1/notifications/<notification_id>", summary="Delete", tags=TAGS, responses=documented_responses(200, 404)
)
def delete_notification(caller: Caller, notification_id: UUID) -> schemas.DeletedNotification:
    unread = wiring.inbox().delete(caller.user.id, notification_id)
    return schemas.DeletedNotification(id=notification_id, unread_count=unread)
