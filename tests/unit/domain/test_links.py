"""Which links are ours and which are followed, at every place that uses one. `tests/browser/test_links.py` asks the pages."""

import pytest

from owlpost.channels.email.render import absolute
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.links import is_followable, is_own_path
from owlpost.domain.requests import EnqueueRequest
from tests.support.link_cases import CASES, LinkCase

WEB = "https://owlpost.example"
SOMEONE = "0190a1b2-0000-7000-8000-000000000001"
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case.link))


def test_the_table_has_links_of_every_fate() -> None:
    assert {(case.own, case.followed) for case in CASES} == {(True, True), (False, True), (False, False)}


@each_case
def test_a_link_is_judged_by_what_it_becomes(case: LinkCase) -> None:
    assert is_own_path(case.link) == case.own
    assert is_followable(case.link) == case.followed


@each_case
def test_a_request_takes_a_link_that_is_followed_and_no_other(case: LinkCase) -> None:
    request = {"type": "feedback.new", "recipients": {"user_ids": [SOMEONE]}, "title": "x", "link": case.link}
    if case.followed:
        assert EnqueueRequest.from_json(request).link == case.link
        return
    with pytest.raises(InvalidRequest, match="link"):
        EnqueueRequest.from_json(request)


@each_case
def test_a_mail_leads_to_a_link_that_is_followed_and_to_no_other(case: LinkCase) -> None:
    target = WEB + case.link if case.own else case.link
    assert absolute(case.link, WEB) == (target if case.followed else None)
