import pytest

from owlpost.domain.channels import NOTIFICATION_CHANNELS, queued_channels
from owlpost.domain.destinations import TEST_TYPE
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.types import (
    NOTIFICATION_TYPE_META,
    NOTIFICATION_TYPES,
    NotificationType,
    configurable_types,
    dispatched_type,
)

ON_BY_DEFAULT = {
    "issue.new": {"in_app", "mobile_push"},
    "issue.digest": {"email"},
    "feedback.new": {"in_app", "email", "mobile_push"},
    "questionnaire.response_new": {"in_app"},
    "job.completed": {"in_app", "email", "mobile_push"},
    "app.rating_changed": {"in_app", "mobile_push"},
    "app.review_new": {"in_app", "email", "mobile_push"},
    "team.invitation": set(),
}

every_type = pytest.mark.parametrize("kind", NOTIFICATION_TYPE_META.values(), ids=NOTIFICATION_TYPES)


def test_the_registry_lists_the_products_types() -> None:
    assert set(NOTIFICATION_TYPES) >= set(ON_BY_DEFAULT)
    assert "system.alert" not in NOTIFICATION_TYPES


@pytest.mark.parametrize(("key", "channels"), ON_BY_DEFAULT.items())
def test_a_type_is_on_where_the_product_says_until_a_person_chooses(key: str, channels: set[str]) -> None:
    defaults = NOTIFICATION_TYPE_META[key].defaults()
    assert {channel for channel, on in defaults.items() if on} == channels


@every_type
def test_every_type_can_be_shown_to_a_person(kind: NotificationType) -> None:
    assert NOTIFICATION_TYPE_META[kind.key] is kind
    assert kind.label.strip()
    assert kind.description.endswith(".")


@every_type
def test_every_type_is_on_by_default_only_where_it_can_be_chosen(kind: NotificationType) -> None:
    assert set(kind.default_on) <= set(kind.channels) <= {*NOTIFICATION_CHANNELS, *OPTIONAL_CHANNELS}
    assert tuple(kind.defaults()) == kind.channels


def test_people_choose_for_every_type_that_is_dispatched_and_no_other() -> None:
    keys = [kind.key for kind in configurable_types()]
    assert keys == [key for key in NOTIFICATION_TYPES if key not in {"team.invitation", TEST_TYPE}]


def test_labels_tell_types_and_channels_apart() -> None:
    assert len({kind.label for kind in NOTIFICATION_TYPE_META.values()}) == len(NOTIFICATION_TYPES)
    assert len({channel.label for channel in NOTIFICATION_CHANNELS.values()}) == len(NOTIFICATION_CHANNELS)


@pytest.mark.parametrize("key", ["system.alert", "", "Feedback.new", "feedback.new ", "team.invitation", TEST_TYPE])
def test_a_type_that_is_unknown_or_mailed_directly_cannot_be_enqueued(key: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        dispatched_type(key)
    assert refusal.value.field == "type"


def test_the_inbox_is_written_at_once_and_every_other_channel_is_queued() -> None:
    assert {channel.key for channel in queued_channels()} == set(NOTIFICATION_CHANNELS) - {"in_app"}
