from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.preferences import child, enabled_channels, overrides, resolve
from owlpost.domain.types import NOTIFICATION_TYPE_META, NotificationType, configurable_types
from tests.support.json_blobs import json_values, preferences

kinds = st.sampled_from(configurable_types())
FEEDBACK = NOTIFICATION_TYPE_META["feedback.new"]


def said(blob: object, kind: NotificationType, channel: str) -> object:
    """What the blob holds for a channel of a type, by the way the product gives it."""
    return child(child(child(child(blob, "notifications"), "types"), kind.key), channel)


@given(blob=preferences, kind=kinds)
def test_every_channel_of_a_type_is_either_on_or_off_whatever_the_blob(blob: object, kind: NotificationType) -> None:
    resolved = resolve(blob, kind)
    assert tuple(resolved) == kind.channels
    assert all(isinstance(on, bool) for on in resolved.values())


@given(blob=preferences, kind=kinds)
def test_a_person_gets_what_they_said_and_else_the_default(blob: object, kind: NotificationType) -> None:
    for channel, on in resolve(blob, kind).items():
        chosen = said(blob, kind, channel)
        assert on == (chosen if isinstance(chosen, bool) else kind.defaults()[channel])


@given(blob=preferences, kind=kinds)
def test_the_enabled_channels_are_those_that_resolve_to_on(blob: object, kind: NotificationType) -> None:
    assert enabled_channels(blob, kind) == {channel for channel, on in resolve(blob, kind).items() if on}


@given(blob=json_values)
def test_a_blob_that_says_nothing_of_notifications_means_the_defaults(blob: object) -> None:
    for kind in configurable_types():
        assert resolve(blob, kind) == kind.defaults() or child(blob, "notifications") is not None


@given(blob=preferences, kind=kinds, other=kinds)
def test_what_is_said_of_one_type_decides_nothing_about_another(
    blob: object, kind: NotificationType, other: NotificationType
) -> None:
    chosen = overrides(blob, kind.key)
    alone = {"notifications": {"types": {kind.key: chosen}}}
    assert resolve(alone, kind) == resolve(blob, kind)
    if other is not kind:
        assert resolve(alone, other) == other.defaults()


def test_a_switch_that_is_spelled_as_a_word_or_a_number_counts_as_not_said() -> None:
    blob = {"notifications": {"types": {"feedback.new": {"in_app": "false", "email": 0, "mobile_push": None}}}}
    assert resolve(blob, FEEDBACK) == FEEDBACK.defaults()


def test_a_switch_for_a_channel_the_type_does_not_have_turns_nothing_on() -> None:
    blob = {"notifications": {"types": {"feedback.new": {"carrier_pigeon": True}}}}
    assert "carrier_pigeon" not in resolve(blob, FEEDBACK)
