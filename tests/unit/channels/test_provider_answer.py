"""Whatever a provider answers, garbled or hostile, hurts neither the worker nor the database."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.http2.exchange import Call, Response
from owlpost.channels.mobile_push import apns_reasons, fcm_reasons
from owlpost.channels.provider_answer import LARGEST_BODY, LONGEST_TEXT, LONGEST_WAIT, document, retry_after, storable

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@given(st.text(alphabet=st.characters(), max_size=500))
def test_any_text_of_a_provider_can_be_stored_and_is_short(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    assert len(kept.encode()) <= 4 * LONGEST_TEXT
    assert len(kept) <= LONGEST_TEXT


@pytest.mark.parametrize("value", [None, 3, True, [], {}, 1.5])
def test_what_is_no_text_becomes_none_at_all(value: object) -> None:
    assert storable(value) == ""


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"{" + b" " * LARGEST_BODY + b"}",
        b"1" * 10_000,
        b"\xff\xfe",
        b"null",
        b"[]",
        b"<html>",
        b"",
        b'{"error": NaN}x',
    ],
)
def test_deep_huge_or_garbled_json_is_an_empty_document(body: bytes) -> None:
    assert document(body) == {}
    assert apns_reasons.meaning(Response(500, {}, body))[1] == "http_500"
    assert fcm_reasons.meaning(Response(500, {}, body))[1] == "http_500"


@pytest.mark.parametrize("reason", ["Bad\x00Token", "x" * 10_000, "\ud800"])
def test_a_reason_of_a_push_provider_is_storable(reason: str) -> None:
    apns = apns_reasons.meaning(Response(400, {}, json.dumps({"reason": reason}).encode()))[1]
    fcm = fcm_reasons.meaning(Response(400, {}, json.dumps({"error": {"status": reason}}).encode()))[1]
    assert apns == fcm == storable(reason)
    assert "\x00" not in apns


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        (" 30 ", 30.0),
        ("86400", LONGEST_WAIT),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        ("Sat, 28 Nov 2026 12:00:30 -0000", 30.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), LONGEST_WAIT),
    ],
)
def test_retry_after_is_a_number_or_a_date_and_at_most_an_hour(header: str, seconds: float) -> None:
    assert retry_after(header, now=NOW) == seconds


@pytest.mark.parametrize(
    "header", [None, "", "soon", "-1", "nan", "inf", "1e999", "9" * 5_000, "Sat, 99 Nov 2026", "٣"]
)
def test_a_senseless_retry_after_is_none_or_bounded(header: str | None) -> None:
    seconds = retry_after(header, now=NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT


def test_an_endless_answer_of_a_push_provider_is_cut_off() -> None:
    call = Call((), b"")
    call.begin([(b":status", b"200")])
    for _ in range(100):
        call.extend(b"x" * 16_384)
    assert call.response
    assert len(call.response.body) <= LARGEST_BODY + 1
