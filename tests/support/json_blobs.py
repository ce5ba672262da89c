"""JSON of any shape, as it may stand in a host's column or come from a producer; all of it storable in Postgres."""

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

#: Mostly what a settings page would have written, at every level sometimes something else.
switches = st.booleans() | st.sampled_from(["true", "false", "t", 0, 1, None]) | json_values
choices = st.dictionaries(st.sampled_from(CHANNELS), switches) | json_values
types = st.dictionaries(st.sampled_from([*NOTIFICATION_TYPES, "no.such.type"]), choices) | json_values
preferences = (
    st.fixed_dictionaries({"notifications": st.fixed_dictionaries({"types": types}) | json_values}) | json_values
)
