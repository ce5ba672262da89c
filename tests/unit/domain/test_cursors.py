from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain import cursors
from owlpost.domain.cursors import Place
from owlpost.domain.errors import InvalidRequest

KEY = "a key"
moments = st.datetimes(timezones=st.just(UTC))
places = st.builds(Place, moments, st.uuids())


@given(places)
def test_a_cursor_leads_back_to_its_place_to_the_microsecond(place: Place) -> None:
    cursor = cursors.sign(place, KEY)
    assert cursors.verify(cursor, ["a newer key", KEY]) == place
    assert len(cursor) == 56
    assert cursor.replace("-", "").replace("_", "").isalnum()


@given(places, st.integers(min_value=0, max_value=55), st.characters())
def test_a_cursor_in_which_anything_was_changed_is_refused(place: Place, at: int, character: str) -> None:
    cursor = cursors.sign(place, KEY)
    changed = cursor[:at] + character + cursor[at + 1 :]
    if changed != cursor:
        with pytest.raises(InvalidRequest, match="cursor"):
            cursors.verify(changed, [KEY])


@given(st.text())
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        cursors.verify(text, [KEY])


def test_a_cursor_under_another_key_is_refused() -> None:
    cursor = cursors.sign(Place(datetime(2026, 11, 22, tzinfo=UTC) + timedelta(microseconds=1), UUID(int=1)), "another")
    with pytest.raises(InvalidRequest, match="cursor"):
        cursors.verify(cursor, [KEY])
