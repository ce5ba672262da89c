"""Notifications: a page of them, a single one, and the results of changes."""

from typing import Any
from uuid import UUID

from functions.api.schemas.common import IdText, Moment, RequestBody, ResponseBody


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


class NotificationPage(ResponseBody):
    notifications: list[Notification]
    cursor: str | None
    has_more: bool
    unread_count: int
    #: Send it to mark-all-read, to mark only what this page and the pages after it held.
    seen: str
    #: The ids of the notifications whose `body` is only the beginning; the notification itself has all of it.
    excerpts: list[UUID]


class UnreadCount(ResponseBody):
    count: int


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


class MarkedAll(ResponseBody):
    marked: int
    unread_count: int


class DeletedNotification(ResponseBody):
    id: UUID
    unread_count: int
