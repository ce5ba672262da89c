"""Merge what a person says of times and projects: pause, quiet hours, mail only if unread, and choices for one project."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.moments import QuietHours, moment
from owlpost.domain.preferences import EMAIL_AFTER_MINUTES, EVERY_TYPE, Json
from owlpost.domain.types import NOTIFICATION_TYPE_META

#: Projects that one person's preferences name. More would make each fan-out to them slower.
MOST_PROJECTS = 200
_PROJECT = re.compile(r"[A-Za-z0-9._-]{1,64}")


def merge_times(stored: Mapping[str, Any], patch: Json) -> dict[str, Any]:
    """Return `stored` with the patch's times merged in; null removes one."""
    merged = dict(stored)
    said: Mapping[str, Any] = patch if isinstance(patch, Mapping) else {}
    taken: dict[str, Callable[[Any], Any]] = {
        "paused_until": lambda value: value if moment(value) else None,
        "quiet_hours": _quiet_hours,
        "email_after_minutes": lambda value: value if type(value) is int and value in EMAIL_AFTER_MINUTES else None,
    }
    for name, take in taken.items():
        if name not in said:
            continue
        value = take(said[name])
        if value is not None:
            merged[name] = value
        elif said[name] is None:
            merged.pop(name, None)
    return merged


def merge_projects(stored: Json, patch: Json) -> dict[str, Any]:
    """Return the choices by project, type (`*` for every type) and channel. New projects past the bound are dropped."""
    merged = dict(stored) if isinstance(stored, Mapping) else {}
    for project, by_type in (patch if isinstance(patch, Mapping) else {}).items():
        is_new = project not in merged
        if not _PROJECT.fullmatch(project) or (is_new and len(merged) >= MOST_PROJECTS):
            continue
        chosen = _merge_types(merged.get(project), by_type)
        if chosen or not is_new:
            merged[project] = chosen
    return merged


def merge_channels(stored: Json, patch: Json, channels: Collection[str]) -> dict[str, Any]:
    """Return the choices by channel: true and false override the default, null removes the override."""
    merged = dict(stored) if isinstance(stored, Mapping) else {}
    for channel, choice in (patch if isinstance(patch, Mapping) else {}).items():
        if channel not in channels:
            continue
        if isinstance(choice, bool):
            merged[channel] = choice
        elif choice is None:
            merged.pop(channel, None)
    return merged


def _merge_types(stored: Json, patch: Json) -> dict[str, Any]:
    merged = dict(stored) if isinstance(stored, Mapping) else {}
    for key, channels in (patch if isinstance(patch, Mapping) else {}).items():
        kind = NOTIFICATION_TYPE_META.get(key)
        offered = tuple(NOTIFICATION_CHANNELS) if key == EVERY_TYPE else kind.channels if kind else ()
        chosen = merge_channels(merged.get(key), channels, offered)
        if chosen or key in merged:
            merged[key] = chosen
    return merged


def _quiet_hours(value: Any) -> dict[str, Any] | None:
    """Return the quiet hours with only the members that are known; None if they are not exactly right."""
    if QuietHours.read(value) is None:
        return None
    return {name: value[name] for name in ("start", "end", "time_zone", "days") if value.get(name) is not None}
