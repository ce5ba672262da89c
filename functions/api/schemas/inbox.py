"""Notifications: a page of them, a single one, and the results of changes."""

from typing import Any
from uuid import UUID

from pydantic import Field

from functions.api.schemas.common import IdText, Moment, RequestBody, ResponseBody


def _is_none(value: object) -> bool:
    """Leave a field out: clients from before it know no more than they are sent."""
    return value is None


class Notification(ResponseBody):
    id: UUID
    type: str
    title: str
    body: str | None
    link: str | None
    team_id: UUID | None
    project_id: str | None
    read_at: Moment | None
    created_at: Moment
    #: Only of one that is done.
    done_at: Moment | None = Field(None, exclude_if=_is_none)
    #: Only of one that was snoozed: when it came first. `created_at` is when it comes back, or came.
    snoozed_from: Moment | None = Field(None, exclude_if=_is_none)


class NotificationPage(ResponseBody):
    notifications: list[Notification]
    cursor: str | None
    has_more: bool
    unread_count: int
    #: Of those that the list is narrowed to by type, project and team, whatever their read state.
    chosen_unread: int
    #: Send it to mark-all-read, to mark only what this page and the pages after it held.
    seen: str
    #: The ids of the notifications whose `body` is only the beginning; the notification itself has all of it.
    excerpts: list[UUID]


class UnreadCount(ResponseBody):
    count: int
    #: Only where the installation has lines: `POST /v1/lines` opens one.
    lines: bool | None = Field(None, exclude_if=_is_none)


class OpenedNotification(Notification):
    data: dict[str, Any]


class DeliveryRecord(ResponseBody):
    channel: str
    status: str
    reason: str | None
    attempted_at: Moment | None


class NotificationWithDeliveries(ResponseBody):
    notification: OpenedNotification
    deliveries: list[DeliveryRecord]


class ReadChange(RequestBody):
    read: bool = True


class ChangedNotification(ResponseBody):
    notification: Notification
    unread_count: int


class MarkAll(RequestBody):
    type: str | None = None
    up_to: IdText | None = None
    seen: str | None = None
    project_id: str | None = None
    team_id: IdText | None = None
    #: Ask for what undoes it.
    undoable: bool = False


class MarkedAll(ResponseBody):
    marked: int
    unread_count: int
    #: Only if it was asked for and something was marked: send it to `undo` within a day.
    undo: str | None = Field(None, exclude_if=_is_none)


class DeletedNotification(ResponseBody):
    id: UUID
    unread_count: int
