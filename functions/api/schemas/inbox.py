"""Notifications: a page of them, a single one, and the results of changes."""

from typing import Any
from uuid import UUID

from functions.api.schemas.common import Answer, IdText, Moment, Stated


class Notification(Answer):
    id: UUID
    type: str
    title: str
    body: str | None
    link: str | None
    team_id: UUID | None
    project_id: str | None
    read_at: Moment | None
    created_at: Moment


class NotificationPage(Answer):
    notifications: list[Notification]
    cursor: str | None
    has_more: bool
    unread_count: int
    #: Send it to mark-all-read, to mark only what this page and the pages after it held.
    seen: str
    #: The ids of the notifications whose `body` is only the beginning; the notification itself has all of it.
    excerpts: list[UUID]


class UnreadCount(Answer):
    count: int


class OpenedNotification(Notification):
    data: dict[str, Any]


class DeliveryRecord(Answer):
    channel: str
    status: str
    reason: str | None
    attempted_at: Moment | None


class NotificationWithDeliveries(Answer):
    notification: OpenedNotification
    deliveries: list[DeliveryRecord]


class ReadChange(Stated):
    read: bool = True


class ChangedNotification(Answer):
    notification: Notification
    unread_count: int


class MarkAll(Stated):
    type: str | None = None
    up_to: IdText | None = None
    seen: str | None = None


class MarkedAll(Answer):
    marked: int
    unread_count: int


class DeletedNotification(Answer):
    id: UUID
    unread_count: int
