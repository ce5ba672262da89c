"""What a producer sends for a mail with a template of its own fits that template, or is refused by its field."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.email.render import TEMPLATE_OF
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.requests import EnqueueRequest
from owlpost.domain.types import NOTIFICATION_TYPE_META
from owlpost.words import english
from tests.support.json_blobs import json_values, texts

SOMEONE = "0190a1b2-0000-7000-8000-000000000001"
VALUES = json_values | st.sampled_from([" ", "\u0085", "x", 0, -1, 3, 10**12, 1.5, True])
ISSUES = st.lists(st.dictionaries(st.sampled_from(["title", "status", "occurrence_count"]), VALUES), max_size=3)
ANY_DATA = st.dictionaries(
    st.sampled_from(["issues", "issue_count", "dashboard_url", "status", "job_type", "error"]) | texts, VALUES | ISSUES
)


def request(type_: str, data: Mapping[str, object] | None) -> EnqueueRequest:
    body = {"type": type_, "recipients": {"user_ids": [SOMEONE]}, "title": "Hello", "data": data}
    return EnqueueRequest.from_json({name: value for name, value in body.items() if value is not None})


@pytest.mark.parametrize(
    ("type_", "data", "field"),
    [
        ("issue.digest", {}, "data.issues"),
        ("issue.digest", {"issues": []}, "data.issues"),
        ("issue.digest", {"issues": "many"}, "data.issues"),
        ("issue.digest", {"issues": [{"title": "Crash"}, {"title": " "}]}, "data.issues.1.title"),
        ("issue.digest", {"issues": [{"title": "Crash", "occurrence_count": "12"}]}, "data.issues.0.occurrence_count"),
        ("issue.digest", {"issues": [{"title": "Crash"}], "issue_count": -1}, "data.issue_count"),
        ("job.completed", {}, "data.status"),
        ("job.completed", {"status": 1}, "data.status"),
        ("job.completed", {"status": "failed", "error": {"code": 1}}, "data.error"),
    ],
)
def test_data_that_a_mail_cannot_show_is_refused_by_its_field(type_: str, data: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        request(type_, data)
    assert refusal.value.field == field


@given(data=ANY_DATA)
@pytest.mark.parametrize("type_", ["issue.digest", "job.completed"])
def test_data_that_is_taken_is_what_the_mails_own_template_shows(type_: str, data: dict[str, object]) -> None:
    try:
        taken = request(type_, data)
    except InvalidRequest:
        return
    _, read = TEMPLATE_OF[type_]
    assert read is not None
    assert read(taken.data or {}, english()) is not None


def test_every_type_with_a_template_of_its_own_says_what_its_data_holds() -> None:
    assert {kind.key for kind in NOTIFICATION_TYPE_META.values() if kind.data} == set(TEMPLATE_OF)


def test_a_request_without_data_gets_the_generic_mail() -> None:
    assert request("job.completed", None).data is None
