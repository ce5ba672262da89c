"""What is made of an answer of Slack that no page of it names."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from owlpost.channels.provider_answer import Meaning
from owlpost.channels.replies import Reply
from owlpost.channels.slack.answers import read_answer, read_webhook_answer
from owlpost.sandbox import Sandbox

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def sandbox() -> Iterator[None]:
    with Sandbox():
        yield


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, {"ok": False, "error": "a_new_code"}, Meaning.REFUSED),
        (200, {"ok": False}, Meaning.UNKNOWN),
        (200, {"ok": "true"}, Meaning.UNKNOWN),
        (200, [], Meaning.UNKNOWN),
        (404, {}, Meaning.REFUSED),
        (429, "You are sending too many requests. Please relax.", Meaning.TOO_FAST),
        (502, {}, Meaning.PASSES),
        (503, {"ok": False, "error": "a_new_code"}, Meaning.PASSES),
    ],
)
def test_it_is_taken_by_its_status(status: int, body: object, meaning: Meaning) -> None:
    answer, _ = read_answer(Reply(status, {}, json.dumps(body).encode()), NOW)
    assert answer.meaning is meaning


def test_what_else_a_refusal_says_changes_nothing() -> None:
    bare = {"ok": False, "error": "missing_scope"}
    more = {**bare, "needed": 7, "warning": "missing_charset", "response_metadata": {"warnings": ["missing_charset"]}}
    for body in (bare, more):
        answer, _ = read_answer(Reply(200, {}, json.dumps(body).encode()), NOW)
        assert (answer.meaning, answer.code) == (Meaning.OPERATOR, "missing_scope")


@pytest.mark.parametrize(
    ("status", "meaning"),
    [(402, Meaning.REFUSED), (429, Meaning.TOO_FAST), (500, Meaning.PASSES), (503, Meaning.PASSES)],
)
@pytest.mark.parametrize("body", [b"", b"<html>", b"no_team", b"\xff"])
def test_an_incoming_webhook_is_taken_by_its_status(status: int, body: bytes, meaning: Meaning) -> None:
    assert read_webhook_answer(Reply(status, {}, body), NOW).meaning is meaning
