"""What is made of an answer of Telegram that no source shows."""

from collections.abc import Iterator

import pytest

from owlpost.channels.provider_answer import Meaning
from owlpost.channels.telegram.answers import meaning_of, message_id, parameters
from owlpost.sandbox import Sandbox


@pytest.fixture(autouse=True)
def sandbox() -> Iterator[None]:
    with Sandbox():
        yield


BODIES = [b"", b"<html>", b"[]", b'{"ok": "true"}', b'{"ok": false, "description": 7, "parameters": []}']


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Meaning.UNKNOWN),
        (202, Meaning.UNKNOWN),
        (400, Meaning.REFUSED),
        (401, Meaning.OPERATOR),
        (403, Meaning.REFUSED),
        (404, Meaning.OPERATOR),
        (409, Meaning.REFUSED),
        (429, Meaning.TOO_FAST),
        (500, Meaning.PASSES),
        (503, Meaning.PASSES),
    ],
)
def test_it_is_taken_by_its_status(body: bytes, status: int, meaning: Meaning) -> None:
    assert meaning_of(status, body) is meaning
    assert dict(parameters(body)) == {}
    assert message_id(body) is None
