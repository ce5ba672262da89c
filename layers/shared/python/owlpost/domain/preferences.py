"""What a person wants on which channel: their choices in `users.preferences`, and the registry's defaults for the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.types import NotificationType, configurable_types

#: Any JSON value: the column belongs to the host, so its content is not trusted.
Json: TypeAlias = object


def child(value: Json, key: str) -> Json:
    """Return the member `key` of a JSON object; None if it is missing or `value` is not an object."""
    return value.get(key) if isinstance(value, Mapping) else None


def overrides(preferences: Json, type_key: str) -> dict[str, bool]:
    """Return the channels that the person switched on or off for a type. Values other than true and false are ignored."""
    chosen = child(child(child(preferences, "notifications"), "types"), type_key)
    if not isinstance(chosen, Mapping):
        return {}
    return {channel: on for channel, on in chosen.items() if isinstance(on, bool)}


def resolve(preferences: Json, kind: NotificationType) -> dict[str, bool]:
    """Return for each channel of the type whether it is on for this person."""
    chosen = overrides(preferences, kind.key)
    return {channel: chosen.get(channel, default) for channel, default in kind.defaults().items()}


def enabled_channels(preferences: Json, kind: NotificationType) -> frozenset[str]:
    """Return the channels of the type that are on for this person."""
    return frozenset(channel for channel, on in resolve(preferences, kind).items() if on)


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """One channel of a type as a person sees it: on or off, and whether that is their own choice."""

    channel: str
    label: str
    default: bool
    enabled: bool
    overridden: bool


@dataclass(frozen=True, slots=True)
class TypeChoices:
    type: str
    label: str
    description: str
    channels: tuple[ChannelChoice, ...]


def choices(preferences: Json) -> tuple[TypeChoices, ...]:
    """Return the configurable types in registry order, with the person's choices."""
    return tuple(
        TypeChoices(kind.key, kind.label, kind.description, _channel_choices(overrides(preferences, kind.key), kind))
        for kind in configurable_types()
    )


def _channel_choices(chosen: Mapping[str, bool], kind: NotificationType) -> tuple[ChannelChoice, ...]:
    return tuple(
        ChannelChoice(
            channel=channel,
            label=NOTIFICATION_CHANNELS[channel].label,
            default=default,
            enabled=chosen.get(channel, default),
            overridden=channel in chosen,
        )
        for channel, default in kind.defaults().items()
    )
