"""What a person wants on which channel: their choices in `users.preferences`, and the registry's defaults for the rest."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypeAlias

from owlpost.domain import labels
from owlpost.domain.channel import Reach
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.reasons import Reason
from owlpost.domain.types import NotificationType, configurable_types
from owlpost.domain.value import dataclass
from owlpost.words import Words

#: In place of a type in the choices for a project.
EVERY_TYPE = "*"
#: What a person can choose; 0 is no wait.
EMAIL_AFTER_MINUTES = (0, 5, 15, 60)
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


def is_off(preferences: Json, channel: str) -> bool:
    """Return whether the person has switched the whole channel off. Whatever else they chose for it is kept meanwhile."""
    return child(child(child(preferences, "notifications"), "channels"), channel) is False


def resolve(preferences: Json, kind: NotificationType, project: Json = None) -> dict[str, bool]:
    """Return for each channel of the type whether it is on for this person, for an event of this project."""
    return {channel: decide(preferences, kind, channel, project).on for channel in kind.channels}


def enabled_channels(preferences: Json, kind: NotificationType, project: Json = None) -> frozenset[str]:
    """Return the channels of the type that are on for this person, for an event of this project."""
    return frozenset(channel for channel, on in resolve(preferences, kind, project).items() if on)


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a channel is on.

    `rule` is what decided: `mandatory`, `channel_off`, or `project_…`, `preference_…` or `default_…`, each on or off.
    """

    on: bool
    rule: str


def decide(preferences: Json, kind: NotificationType, channel: str, project: Json = None) -> Decision:
    """Return the first that is said: by the type that is mandatory, for the channel, the project, the type, by default.

    For the project, the type's own choice comes before that for every type, `*`. `project` is `data.project_id`.
    """
    default = kind.defaults().get(channel, False)
    if kind.mandatory and default:
        return Decision(on=True, rule="mandatory")
    notifications = child(preferences, "notifications")
    if is_off(preferences, channel):
        return Decision(on=False, rule=Reason.CHANNEL_OFF)
    of_project = child(child(notifications, "projects"), project) if isinstance(project, str) else None
    said = (
        ("project", child(child(of_project, kind.key), channel)),
        ("project", child(child(of_project, EVERY_TYPE), channel)),
        ("preference", child(child(child(notifications, "types"), kind.key), channel)),
        ("default", default),
    )
    return next(Decision(on, f"{rule}_{'on' if on else 'off'}") for rule, on in said if isinstance(on, bool))


def unread_wait(notifications: Json, kind: NotificationType) -> timedelta:
    """Return for how long a mail of the type waits for its reader in the inbox: as the person says, else as the type says."""
    minutes = child(notifications, "email_after_minutes")
    said = isinstance(minutes, int | float) and not isinstance(minutes, bool) and minutes in EMAIL_AFTER_MINUTES
    return timedelta(minutes=minutes) if said and isinstance(minutes, int | float) else kind.email_after


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """One channel of a type as a person sees it: on or off, and whether that is their own choice."""

    channel: str
    label: str
    default: bool
    enabled: bool
    overridden: bool


@dataclass(frozen=True, slots=True)
class ChannelSwitch:
    """A channel as a person sees it: whether any type may come over it, and where it reaches them."""

    channel: str
    label: str
    enabled: bool
    reach: Reach


@dataclass(frozen=True, slots=True)
class TypeChoices:
    type: str
    label: str
    description: str
    channels: tuple[ChannelChoice, ...]


def choices(preferences: Json, words: Words) -> tuple[TypeChoices, ...]:
    """Return the configurable types in registry order, with the person's choices."""
    return tuple(
        TypeChoices(
            kind.key,
            labels.of_type(kind.key, words),
            labels.said_of_type(kind.key, words),
            _channel_choices(overrides(preferences, kind.key), kind, words),
        )
        for kind in configurable_types()
    )


def channel_switches(preferences: Json, words: Words) -> tuple[ChannelSwitch, ...]:
    """Return the channels over which a configurable type may come, in registry order."""
    offered = {channel for kind in configurable_types() for channel in kind.channels}
    return tuple(
        ChannelSwitch(key, labels.of_channel(key, words), not is_off(preferences, key), each.reach)
        for key, each in NOTIFICATION_CHANNELS.items()
        if key in offered
    )


def _channel_choices(chosen: Mapping[str, bool], kind: NotificationType, words: Words) -> tuple[ChannelChoice, ...]:
    return tuple(
        ChannelChoice(
            channel=channel,
            label=labels.of_channel(channel, words),
            default=default,
            enabled=chosen.get(channel, default),
            overridden=channel in chosen,
        )
        for channel, default in kind.defaults().items()
    )
