"""Who wants what on which channel: sparse overrides in `users.preferences`, the registry's defaults behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.types import NotificationType, configurable_types

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


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """One channel of a type as a person sees it: on or off, and whether they said so themselves."""

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
    """All that a person can choose, in registry order, merged with what they have chosen."""
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
