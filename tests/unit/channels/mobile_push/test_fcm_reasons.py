"""Each answer that Firebase documents, and what follows from it."""

import json
from typing import Any

import pytest

from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push.fcm_reasons import REASONS, meaning, message_name
from owlpost.channels.provider_answer import Meaning

ROWS = [
    (400, "INVALID_ARGUMENT", Meaning.REFUSED),
    (401, "THIRD_PARTY_AUTH_ERROR", Meaning.OTHER_APP),
    (401, "UNAUTHENTICATED", Meaning.RENEW),
    (403, "PERMISSION_DENIED", Meaning.OPERATOR),
    (403, "SENDER_ID_MISMATCH", Meaning.OTHER_APP),
    (404, "NOT_FOUND", Meaning.OPERATOR),
    (404, "UNREGISTERED", Meaning.DEAD),
    (429, "QUOTA_EXCEEDED", Meaning.TOO_FAST),
    (429, "RESOURCE_EXHAUSTED", Meaning.TOO_FAST),
    (500, "INTERNAL", Meaning.PASSES),
    (503, "UNAVAILABLE", Meaning.PASSES),
    (504, "DEADLINE_EXCEEDED", Meaning.PASSES),
]


def answer(code: int, status: str, *details: dict[str, Any]) -> Response:
    return Response(code, {}, json.dumps({"error": {"code": code, "status": status, "details": details}}).encode())


def fcm_error(code: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}


def violation(field: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": field}]}


@pytest.mark.parametrize(("status", "reason", "action"), ROWS)
def test_each_documented_code_has_its_consequence(status: int, reason: str, action: Meaning) -> None:
    assert meaning(answer(status, "OTHER", fcm_error(reason))) == (action, reason)


@pytest.mark.parametrize(("status", "reason", "action"), ROWS)
def test_without_detail_the_status_of_the_error_decides(status: int, reason: str, action: Meaning) -> None:
    assert meaning(answer(status, reason)) == (action, reason)


def test_no_row_of_the_table_goes_untested() -> None:
    assert {reason for _, reason, _ in ROWS} == REASONS.keys()


def test_an_invalid_argument_that_names_the_token_is_a_dead_token() -> None:
    response = answer(400, "INVALID_ARGUMENT", fcm_error("INVALID_ARGUMENT"), violation("message.token"))
    assert meaning(response)[0] is Meaning.DEAD


@pytest.mark.parametrize("end", ["", "."])
def test_a_malformed_token_is_dead_as_google_words_it_without_naming_a_field(end: str) -> None:
    error = {
        "code": 400,
        "status": "INVALID_ARGUMENT",
        "message": "The registration token is not a valid FCM registration token" + end,
        "details": [fcm_error("INVALID_ARGUMENT")],
    }
    assert meaning(Response(400, {}, json.dumps({"error": error}).encode())) == (Meaning.DEAD, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    "message", ["Request contains an invalid argument.", "Android message is too big", "The registration token", ""]
)
def test_another_sentence_of_google_kills_no_token(message: str) -> None:
    error = {"code": 400, "status": "INVALID_ARGUMENT", "message": message, "details": [fcm_error("INVALID_ARGUMENT")]}
    assert meaning(Response(400, {}, json.dumps({"error": error}).encode()))[0] is Meaning.REFUSED


@pytest.mark.parametrize("field", ["message.data[0].value", "message.android.ttl", "message", "message.token_id"])
def test_an_invalid_argument_that_names_another_field_is_the_fault_of_the_payload(field: str) -> None:
    response = answer(400, "INVALID_ARGUMENT", fcm_error("INVALID_ARGUMENT"), violation(field))
    assert meaning(response)[0] is Meaning.REFUSED


@pytest.mark.parametrize(
    ("status", "action"),
    [
        (400, Meaning.REFUSED),
        (401, Meaning.RENEW),
        (404, Meaning.OPERATOR),
        (408, Meaning.PASSES),
        (502, Meaning.PASSES),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 1}', b'{"error": {"details": 1}}'])
def test_an_answer_that_is_not_understood_is_read_by_its_status(status: int, action: Meaning, body: bytes) -> None:
    assert meaning(Response(status, {}, body)) == (action, f"http_{status}")


def test_an_accepted_message_has_a_name() -> None:
    response = Response(200, {}, b'{"name": "projects/p/messages/1"}')
    assert meaning(response)[0] is Meaning.ACCEPTED
    assert message_name(response) == "projects/p/messages/1"
