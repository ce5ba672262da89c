from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.preferences import child, choices, resolve
from owlpost.domain.preferences_patch import DASHBOARD_CHOICES, merge, switch_off
from owlpost.domain.types import NOTIFICATION_TYPE_META, NOTIFICATION_TYPES, configurable_types
from owlpost.words import english

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
channels = st.sampled_from([*NOTIFICATION_CHANNELS, "fax"])
types = st.sampled_from([*NOTIFICATION_TYPES, "no.such"])
toggles = st.dictionaries(
    types, st.dictionaries(channels, st.none() | st.booleans() | json_values, max_size=4) | json_values
)
dashboards = st.dictionaries(
    st.sampled_from([*DASHBOARD_CHOICES, "other"]), st.sampled_from([7, 30, 24, 168, True, "7", 8, None])
)
columns = st.dictionaries(
    st.sampled_from(["events", "users", "pets"]), st.fixed_dictionaries({"order": st.lists(json_values)}) | json_values
)
patches = json_values | st.fixed_dictionaries(
    {},
    optional={
        "version": json_values,
        "theme": json_values,
        "ui": json_values | st.fixed_dictionaries({}, optional={"columns": columns, "dashboard": dashboards}),
        "notifications": json_values | st.fixed_dictionaries({"types": toggles}),
    },
)


@given(patches, patches)
def test_merging_the_same_patch_again_changes_nothing(stored: Any, patch: Any) -> None:
    once = merge(stored, patch)
    assert merge(once, patch) == once


@given(patches, patches)
def test_what_the_patch_does_not_name_stays(stored: Any, patch: Any) -> None:
    merged = merge(stored, patch)
    if isinstance(stored, dict):
        assert all(
            merged[key] == value for key, value in stored.items() if key not in ("version", "ui", "notifications")
        )
    assert merge(stored, {}) == merge(stored, None) == merge(merge(stored, {}), {})


@given(patches)
def test_only_what_we_know_is_taken_from_a_patch(patch: Any) -> None:
    merged = merge({}, patch)
    assert set(merged) <= {"version", "ui", "notifications"}
    assert type(merged.get("version", 1)) is int
    for key, chosen in (child(child(merged, "notifications"), "types") or {}).items():  # type: ignore[attr-defined]
        kind = NOTIFICATION_TYPE_META[key]
        assert set(chosen) <= set(kind.channels)
        assert all(isinstance(on, bool) for on in chosen.values())
    for key, value in (child(child(merged, "ui"), "dashboard") or {}).items():  # type: ignore[attr-defined]
        assert type(value) is int
        assert value in DASHBOARD_CHOICES[key]
    for key, table in (child(child(merged, "ui"), "columns") or {}).items():  # type: ignore[attr-defined]
        assert key in ("events", "users")
        assert all(isinstance(name, str) for name in table["order"])


@given(
    patches, st.lists(st.tuples(st.sampled_from(configurable_types()), st.sampled_from(list(NOTIFICATION_CHANNELS))))
)
def test_toggles_of_different_channels_come_to_the_same_in_any_order(stored: Any, chosen: list[Any]) -> None:
    forwards, backwards = stored, stored
    for kind, channel in chosen:
        forwards = merge(forwards, switch_off(channel, kind.key))
    for kind, channel in reversed(chosen):
        backwards = merge(backwards, switch_off(channel, kind.key))
    if chosen:
        assert forwards == backwards
    assert not any(resolve(forwards, kind)[channel] for kind, channel in chosen)


@given(patches)
def test_what_is_shown_is_what_is_obeyed(stored: Any) -> None:
    for kind, shown in zip(configurable_types(), choices(stored, english()), strict=True):
        assert {each.channel: each.enabled for each in shown.channels} == resolve(stored, kind)
        assert all(each.overridden or each.enabled == each.default for each in shown.channels)


@pytest.mark.parametrize(
    ("stored", "patch", "merged"),
    [
        (
            {"ui": {"columns": {"events": {"order": ["a"]}, "users": {"order": ["b"]}}}},
            {"ui": {"columns": {"events": {"order": ["c", 1, "d"]}}}},
            {"ui": {"columns": {"events": {"order": ["c", "d"]}, "users": {"order": ["b"]}}}},
        ),
        (
            {"ui": {"dashboard": {"sparklineWindowDays": 7}}},
            {"ui": {"dashboard": {"magnitudeWindowHours": 24, "sparklineWindowDays": 8}}},
            {"ui": {"dashboard": {"sparklineWindowDays": 7, "magnitudeWindowHours": 24}}},
        ),
        (
            {"notifications": {"types": {"feedback.new": {"email": False, "in_app": False}}}},
            {"notifications": {"types": {"feedback.new": {"email": None}}}},
            {"notifications": {"types": {"feedback.new": {"in_app": False}}}},
        ),
        (
            {"notifications": {"channels": {"email": False}}},
            {"notifications": {"channels": {"mobile_push": False, "email": None, "pigeon": False, "in_app": "no"}}},
            {"notifications": {"channels": {"mobile_push": False}}},
        ),
        ("not an object", {"version": 2}, {"version": 2}),
        ({"host": {"own": 1}, "version": 1}, {"version": True, "host": 2}, {"host": {"own": 1}, "version": 1}),
    ],
)
def test_each_part_merges_by_its_own_rule(stored: object, patch: object, merged: object) -> None:
    assert merge(stored, patch) == merged
