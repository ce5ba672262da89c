"""What a person says of times and projects, and what of it is taken."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.preferences import decide
from owlpost.domain.preferences_patch import merge
from owlpost.domain.preferences_times import MOST_PROJECTS
from owlpost.domain.types import NOTIFICATION_TYPE_META
from tests.support.json_blobs import json_values

QUIET = {"start": "22:00", "end": "07:00", "time_zone": "Europe/Berlin", "days": [1, 2, 3, 4, 5]}
notifications = st.fixed_dictionaries(
    {},
    optional={
        "paused_until": json_values | st.sampled_from(["2026-12-01T09:00:00Z", None]),
        "quiet_hours": json_values | st.sampled_from([QUIET, {**QUIET, "days": None}, None]),
        "email_after_minutes": json_values | st.sampled_from([0, 5, 15, 60, None]),
        "projects": json_values
        | st.dictionaries(
            st.sampled_from(["atlas", "bosun", "no such id", ""]),
            st.dictionaries(
                st.sampled_from(["*", "feedback.new", "x"]), st.dictionaries(st.just("email"), st.booleans())
            ),
        ),
    },
).map(lambda value: {"notifications": value})


def stored(**said: object) -> dict[str, Any]:
    merged: dict[str, Any] = merge({}, {"notifications": said}).get("notifications", {})
    return merged


@given(notifications, notifications)
def test_merging_the_same_patch_again_changes_nothing(before: Any, patch: Any) -> None:
    once = merge(before, patch)
    assert merge(once, patch) == once


@given(notifications)
def test_what_is_stored_is_what_the_judgement_reads(patch: Any) -> None:
    assert merge({}, merge({}, patch)) == merge({}, patch)


def test_a_choice_is_taken_and_null_removes_it() -> None:
    said = {"paused_until": "2026-12-01T09:00:00Z", "quiet_hours": QUIET, "email_after_minutes": 15}
    assert stored(**said) == said
    nothing = merge({"notifications": said}, {"notifications": dict.fromkeys(said)})
    assert nothing == {"notifications": {}}


@pytest.mark.parametrize(
    "said",
    [
        {"paused_until": "tomorrow"},
        {"quiet_hours": {**QUIET, "time_zone": "EST"}},
        {"quiet_hours": {**QUIET, "end": "22:00"}},
        {"email_after_minutes": True},
        {"email_after_minutes": 7},
        {"projects": {"no such id": {"*": {"email": False}}}},
        {"projects": {"atlas": {"no.such": {"email": False}}}},
    ],
)
def test_what_is_not_exactly_right_is_dropped(said: dict[str, object]) -> None:
    assert stored(**said) == {}


def test_a_choice_for_a_project_decides_for_its_events_alone() -> None:
    merged = merge({}, {"notifications": {"projects": {"atlas": {"*": {"email": False}}}}})
    kind = NOTIFICATION_TYPE_META["feedback.new"]
    assert not decide(merged, kind, "email", "atlas").on
    assert decide(merged, kind, "email", "bosun").on


def test_projects_are_bounded() -> None:
    many = {f"p{number}": {"*": {"email": False}} for number in range(MOST_PROJECTS + 5)}
    assert len(stored(projects=many)["projects"]) == MOST_PROJECTS
