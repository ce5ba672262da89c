"""Merge a patch into stored preferences. Patches of different keys give the same result in any order.

Keys that the patch does not name stay, also those of the host. Unknown keys and values of the patch are dropped silently.
"""

from collections.abc import Mapping
from typing import Any

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.locales import normal
from owlpost.domain.preferences import Json, child
from owlpost.domain.preferences_times import merge_channels, merge_projects, merge_times
from owlpost.domain.types import NOTIFICATION_TYPE_META

COLUMN_TABLES = ("events", "users")
#: The values that the host's dashboard offers; other values are dropped.
DASHBOARD_CHOICES: dict[str, frozenset[int]] = {
    "sparklineWindowDays": frozenset({7, 14, 30, 60, 90}),
    "magnitudeWindowHours": frozenset({1, 24, 168, 720}),
}


def merge(stored: Json, patch: Json) -> dict[str, Any]:
    """Return `stored` with the patch's `version`, `locale`, `ui` and `notifications` merged in."""
    merged = _object(stored)
    version = child(patch, "version")
    if type(version) is int:
        merged["version"] = version
    if isinstance(patch, Mapping) and "locale" in patch:
        _put_locale(merged, patch["locale"])
    _put(merged, "ui", _merge_ui(merged.get("ui"), child(patch, "ui")))
    _put(merged, "notifications", _merge_notifications(merged.get("notifications"), child(patch, "notifications")))
    return merged


def switch_off(channel: str, *types: str) -> dict[str, Any]:
    """Return the patch that turns types off on one channel."""
    return {"notifications": {"types": {each: {channel: False} for each in types}}}


def _object(value: Json) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _put(target: dict[str, Any], key: str, value: Mapping[str, Any]) -> None:
    """Store `value` under `key`. An empty value does not add a key that was not there before."""
    if value or key in target:
        target[key] = value


def _put_locale(target: dict[str, Any], value: object) -> None:
    """Store the language that a person reads; null removes it, and what is no language tag changes nothing."""
    if value is None:
        target.pop("locale", None)
    elif locale := normal(value):
        target["locale"] = locale


def _merge_ui(stored: Json, patch: Json) -> dict[str, Any]:
    merged = _object(stored)
    _put(merged, "columns", {**_object(merged.get("columns")), **_columns(child(patch, "columns"))})
    _put(merged, "dashboard", {**_object(merged.get("dashboard")), **_dashboard(child(patch, "dashboard"))})
    return merged


def _columns(patch: Json) -> dict[str, Any]:
    """Return the column order of each known table in the patch; each order is replaced as a whole."""
    orders = {table: child(child(patch, table), "order") for table in COLUMN_TABLES}
    return {
        table: {"order": [name for name in order if isinstance(name, str)]}
        for table, order in orders.items()
        if isinstance(order, list)
    }


def _dashboard(patch: Json) -> dict[str, Any]:
    chosen = {key: child(patch, key) for key in DASHBOARD_CHOICES}
    return {key: value for key, value in chosen.items() if type(value) is int and value in DASHBOARD_CHOICES[key]}


def _merge_notifications(stored: Json, patch: Json) -> dict[str, Any]:
    merged = _object(stored)
    types = _object(merged.get("types"))
    for key, kind in NOTIFICATION_TYPE_META.items():
        if isinstance(child(child(patch, "types"), key), Mapping):
            chosen = child(child(patch, "types"), key)
            _put(types, key, merge_channels(types.get(key), chosen, kind.channels))
    _put(merged, "types", types)
    channels = merge_channels(merged.get("channels"), child(patch, "channels"), NOTIFICATION_CHANNELS)
    _put(merged, "channels", channels)
    _put(merged, "projects", merge_projects(merged.get("projects"), child(patch, "projects")))
    return merge_times(merged, patch)
