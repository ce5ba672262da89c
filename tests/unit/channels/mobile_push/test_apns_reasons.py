"""Each answer that Apple documents, and what follows from it."""

import json
from datetime import UTC, datetime

import pytest

from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push.apns_reasons import REASONS, meaning
from owlpost.channels.provider_answer import Meaning

ROWS = [
    (400, "BadCollapseId", Meaning.REFUSED),
    (400, "BadDeviceToken", Meaning.OTHER_ENVIRONMENT),
    (400, "BadExpirationDate", Meaning.REFUSED),
    (400, "BadMessageId", Meaning.REFUSED),
    (400, "BadPriority", Meaning.REFUSED),
    (400, "BadTopic", Meaning.OPERATOR),
    (400, "DeviceTokenNotForTopic", Meaning.OTHER_APP),
    (400, "DuplicateHeaders", Meaning.REFUSED),
    (400, "IdleTimeout", Meaning.PASSES),
    (400, "InvalidPushType", Meaning.REFUSED),
    (400, "MissingDeviceToken", Meaning.REFUSED),
    (400, "MissingTopic", Meaning.OPERATOR),
    (400, "PayloadEmpty", Meaning.REFUSED),
    (400, "TopicDisallowed", Meaning.OPERATOR),
    (403, "BadCertificate", Meaning.OPERATOR),
    (403, "BadCertificateEnvironment", Meaning.OPERATOR),
    (403, "BadEnvironmentKeyIdInToken", Meaning.OPERATOR),
    (403, "BadEnvironmentKeyInToken", Meaning.OPERATOR),
    (403, "ExpiredProviderToken", Meaning.RENEW),
    (403, "Forbidden", Meaning.OPERATOR),
    (403, "InvalidProviderToken", Meaning.OPERATOR),
    (403, "MissingProviderToken", Meaning.OPERATOR),
    (403, "UnrelatedKeyIdInToken", Meaning.OPERATOR),
    (404, "BadPath", Meaning.REFUSED),
    (405, "MethodNotAllowed", Meaning.REFUSED),
    (410, "ExpiredToken", Meaning.DEAD),
    (410, "Unregistered", Meaning.DEAD),
    (413, "PayloadTooLarge", Meaning.REFUSED),
    (429, "TooManyProviderTokenUpdates", Meaning.TOO_FAST),
    (429, "TooManyRequests", Meaning.TOO_FAST),
    (500, "InternalServerError", Meaning.PASSES),
    (503, "ServiceUnavailable", Meaning.PASSES),
    (503, "Shutdown", Meaning.PASSES),
]

NEWS = [
    (400, Meaning.REFUSED),
    (403, Meaning.OPERATOR),
    (408, Meaning.PASSES),
    (410, Meaning.PASSES),
    (429, Meaning.TOO_FAST),
    (502, Meaning.PASSES),
]


def answer(status: int, **body: object) -> Response:
    return Response(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(("status", "reason", "action"), ROWS)
def test_each_documented_reason_has_its_consequence(status: int, reason: str, action: Meaning) -> None:
    assert meaning(answer(status, reason=reason))[:2] == (action, reason)


def test_no_row_of_the_table_goes_untested() -> None:
    assert {reason for _, reason, _ in ROWS} == REASONS.keys()


@pytest.mark.parametrize(("status", "action"), NEWS)
def test_a_reason_that_apple_adds_later_is_read_by_its_status(status: int, action: Meaning) -> None:
    assert meaning(answer(status, reason="SomethingNew"))[0] is action


def test_an_accepted_push_needs_no_reason() -> None:
    assert meaning(Response(200, {}))[0] is Meaning.ACCEPTED


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"x"', b"\xff"])
def test_an_answer_without_a_reason_is_named_by_its_status(body: bytes) -> None:
    assert meaning(Response(500, {}, body)) == (Meaning.PASSES, "http_500", None)


def test_apple_says_since_when_a_token_is_dead() -> None:
    _, _, since = meaning(answer(410, reason="Unregistered", timestamp=1_795_608_000_123))
    assert since == datetime(2026, 11, 25, 12, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [None, "soon", -1, 1e30])
def test_a_senseless_timestamp_is_none(timestamp: object) -> None:
    assert meaning(answer(410, reason="Unregistered", timestamp=timestamp))[2] is None
