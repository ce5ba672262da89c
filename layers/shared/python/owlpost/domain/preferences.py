"""Who wants what on which channel: sparse overrides in `users.preferences`, the registry's defaults behind them."""

from collections.abc import Mapping
from typing import TypeAlias

from owlpost.domain.types import NotificationType

#: Any JSON value: what stands in a host's column is not ours to trust.
Json: TypeAlias = object


def child(value: Json, key: str) -> Json:
    """The member `key` of a JSON object; None where there is none or `value` is no object."""
    return value.get(key) if isinstance(value, Mapping) else None


def overrides(preferences: Json, type_key: str) -> dict[str, bool]:
    """The channels this blob switches on or off for a type; anything but true and false counts as not said."""
    chosen = child(child(child(preferences, "notifications"), "types"), type_key)
    if not isinstance(chosen, Mapping):
        return {}
    return {channel: on for channel, on in chosen.items() if isinstance(on, bool)}


def resolve(preferences: Json, kind: NotificationType) -> dict[str, bool]:
    """Each channel of the type and whether this person gets it there."""
    chosen = overrides(preferences, kind.key)
    return {channel: chosen.get(channel, default) for channel, default in kind.defaults().items()}


def enabled_channels(preferences: Json, kind: NotificationType) -> frozenset[str]:
    """The channels of the type that are on for this person."""
    return frozenset(channel for channel, on in resolve(preferences, kind).items() if on)
