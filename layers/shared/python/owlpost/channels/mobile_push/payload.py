"""The payload for APNs and the message for FCM, cut to the 4,096 bytes that both accept."""

from owlpost.channels.push_words import Words, encoded, expires_at, fitted
from owlpost.domain.messages import Badge, Delivery, Notification

LIMIT_BYTES = 4096
PROJECT_ID_LENGTH = 64


def apns_payload(delivery: Delivery) -> bytes:
    """Return the body of a request to APNs. The app opens a detail screen if it finds both `link` and `data.project_id`."""
    notification = delivery.notification
    project = _project_id(notification)

    def render(words: Words) -> bytes:
        alert = {"title": words.title} | ({"body": words.body} if words.body else {})
        aps = {"alert": alert, "sound": "default", "badge": delivery.unread, "thread-id": _thread(notification)}
        root: dict[str, object] = {"aps": aps, "type": notification.type, "notification_id": str(notification.id)}
        if words.link:
            root["link"] = words.link
        if project:
            root["data"] = {"project_id": project}
        return encoded(root)

    return fitted(notification, render, LIMIT_BYTES)


def apns_badge(badge: Badge) -> bytes:
    """Return the body of a request that only sets the number on the app's icon."""
    return encoded({"aps": {"badge": badge.unread}})


def fcm_message(delivery: Delivery, *, now: float) -> bytes:
    """Return the members of FCM's `message` object except `token`, without the braces: the caller puts the token first."""
    notification = delivery.notification
    identity = str(notification.id)
    ttl = expires_at(notification, now) - int(now)
    fixed = {"type": notification.type, "notification_id": identity}
    if project := _project_id(notification):
        fixed["project_id"] = project

    def render(words: Words) -> bytes:
        message = {
            "notification": {"title": words.title} | ({"body": words.body} if words.body else {}),
            "data": fixed | ({"link": words.link} if words.link else {}),
            "android": {
                "collapse_key": identity,
                "priority": "HIGH",
                "ttl": f"{ttl}s",
                "notification": {"tag": identity},
            },
        }
        return encoded(message)

    return fitted(notification, render, LIMIT_BYTES)[1:-1]


def _project_id(notification: Notification) -> str | None:
    project = notification.data.get("project_id")
    return project if isinstance(project, str) and 0 < len(project) <= PROJECT_ID_LENGTH else None


def _thread(notification: Notification) -> str:
    """Return the id that groups notifications on the lock screen: by project, else by type and team."""
    if project := _project_id(notification):
        return project
    return f"{notification.type}/{notification.team_id}" if notification.team_id else notification.type
