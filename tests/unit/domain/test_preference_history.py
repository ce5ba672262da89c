import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.preference_history import Change, changes
from owlpost.domain.preferences_patch import merge, switch_off

NIGHT = {"start": "22:00", "end": "07:00", "time_zone": "Europe/Berlin"}
NAMES = st.sampled_from(["types", "projects", "a/b", "a~b", "feedback.new", "email", "quiet_hours"])
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 1),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def told(before: object, after: object) -> list[tuple[str, Any, Any]]:
    found = changes({"notifications": before}, {"notifications": after})
    return [(each.path, each.before, each.after) for each in found]


def test_each_choice_that_changed_is_told_by_its_path() -> None:
    before = {"types": {"feedback.new": {"email": True, "mobile_push": False}}}
    after = {"types": {"feedback.new": {"email": False, "mobile_push": False}, "issue.new": {"email": True}}}
    assert told(before, after) == [
        ("/notifications/types/feedback.new/email", True, False),
        ("/notifications/types/issue.new/email", None, True),
    ]


def test_a_choice_that_was_taken_back_has_no_value_after_it() -> None:
    assert told({"types": {"feedback.new": {"email": True}}}, {"types": {"feedback.new": {}}}) == [
        ("/notifications/types/feedback.new/email", True, None)
    ]


def test_quiet_hours_are_one_choice() -> None:
    earlier = {**NIGHT, "start": "21:00"}
    assert told({"quiet_hours": NIGHT}, {"quiet_hours": earlier}) == [("/notifications/quiet_hours", NIGHT, earlier)]


def test_false_and_zero_are_not_the_same_choice() -> None:
    assert told({"email_after_minutes": 0}, {"email_after_minutes": False}) == [
        ("/notifications/email_after_minutes", 0, False)
    ]
    assert told({"quiet_hours": {"start": 0}}, {"quiet_hours": {"start": False}}) == [
        ("/notifications/quiet_hours", {"start": 0}, {"start": False})
    ]


def test_the_looks_of_the_dashboard_have_no_history() -> None:
    assert changes({"ui": {"columns": {}}}, {"ui": {"columns": {"events": {"order": ["a"]}}}}) == []


def test_the_first_word_of_a_person_is_a_change_from_nothing() -> None:
    after = merge({}, switch_off("email", "feedback.new"))
    assert changes(None, after) == [Change("/notifications/types/feedback.new/email", before=None, after=False)]


@given(TREES, TREES)
def test_the_changes_lead_from_what_was_to_what_is(before: object, after: object) -> None:
    """Applied one by one to the state before, they give the state after, but for objects that hold nothing."""
    state: dict[str, Any] = {"notifications": copy.deepcopy(before)}
    found = changes(state, {"notifications": after})
    for change in found:
        _put(state, change.path, change.after)
    assert _leaves(state) == _leaves({"notifications": after})
    assert changes({"notifications": after}, {"notifications": copy.deepcopy(after)}) == []


def _put(state: dict[str, Any], path: str, value: object) -> None:
    *way, last = [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")[1:]]
    place = state
    for name in way:
        if not isinstance(place.get(name), dict):
            place[name] = {}
        place = place[name]
    if value is None:
        place.pop(last, None)
    else:
        place[last] = value


def _leaves(value: object, path: tuple[str, ...] = ()) -> set[tuple[tuple[str, ...], str, str]]:
    if isinstance(value, dict):
        return {leaf for name, inner in value.items() for leaf in _leaves(inner, (*path, name))}
    return set() if value is None else {(path, type(value).__name__, repr(value))}
