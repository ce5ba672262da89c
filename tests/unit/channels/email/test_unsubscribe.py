"""An unsubscribe link names one person, type and channel, and only we can write one."""

import re
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.errors import InvalidRequest
from owlpost.domain.unsubscribe import Unsubscribe, sign, verify

ADA = uuid4()
NEW, OLD = "the newest of secrets", "an older secret"


def test_a_signed_link_names_person_type_and_channel() -> None:
    assert verify(sign(ADA, ("issue.digest",), "email", NEW), [NEW]) == Unsubscribe(ADA, ("issue.digest",), "email")


def test_a_link_of_a_mail_that_told_of_several_types_names_each_of_them_once() -> None:
    token = sign(ADA, ("issue.new", "feedback.new", "issue.new"), "email", NEW)
    assert token == sign(ADA, ("feedback.new", "issue.new"), "email", NEW)
    assert verify(token, [NEW]).types == ("feedback.new", "issue.new")


def test_a_token_is_the_same_each_time_and_safe_in_an_address() -> None:
    token = sign(ADA, ("issue.digest",), "email", NEW)
    assert token == sign(ADA, ("issue.digest",), "email", NEW)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)


def test_links_in_old_mails_work_until_their_key_is_taken_away() -> None:
    token = sign(ADA, ("issue.digest",), "email", OLD)
    assert verify(token, [NEW, OLD]).user_id == ADA
    with pytest.raises(InvalidRequest):
        verify(token, [NEW])


def test_without_keys_no_token_is_ours() -> None:
    with pytest.raises(InvalidRequest):
        verify(sign(ADA, ("issue.digest",), "email", NEW), [])


def test_no_character_of_a_token_can_be_changed() -> None:
    token = sign(ADA, ("issue.digest",), "email", NEW)
    for place, character in enumerate(token):
        forged = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
        with pytest.raises(InvalidRequest):
            verify(forged, [NEW])


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,50}", fullmatch=True))
def test_whatever_comes_as_a_token_is_refused_politely(token: str) -> None:
    with pytest.raises(InvalidRequest, match="token"):
        verify(token, [NEW])
