"""Strategies for JSON of any shape, from a host's column or a producer. Postgres can store all of it."""

from hypothesis import strategies as st

from owlpost.domain.types import NOTIFICATION_TYPES

CHANNELS = ("in_app", "email", "mobile_push", "carrier_pigeon")

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-1e300, 1e300, allow_nan=False, allow_infinity=False)
    | texts
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)

#: Mostly a settings page's JSON, sometimes something else at any level.
switches = st.booleans() | st.sampled_from(["true", "false", "t", 0, 1, None]) | json_values
choices = st.dictionaries(st.sampled_from(CHANNELS), switches) | json_values
types = st.dictionaries(st.sampled_from([*NOTIFICATION_TYPES, "no.such.type"]), choices) | json_values
preferences = (
    st.fixed_dictionaries({"notifications": st.fixed_dictionaries({"types": types}) | json_values}) | json_values
)
