"""Each answer that Apple documents, and what follows from it."""

import json
from datetime import UTC, datetime

import pytest

from owlpost.channels.http2.exchange import Response
from owlpost.channels.mobile_push.apns_reasons import REASONS, meaning
from owlpost.channels.mobile_push.verdict import Action

ROWS = [
    (400, "BadCollapseId", Action.REFUSED),
    (400, "BadDeviceToken", Action.OTHER_ENVIRONMENT),
    (400, "BadExpirationDate", Action.REFUSED),
    (400, "BadMessageId", Action.REFUSED),
    (400, "BadPriority", Action.REFUSED),
    (400, "BadTopic", Action.OPERATOR),
    (400, "DeviceTokenNotForTopic", Action.OTHER_APP),
    (400, "DuplicateHeaders", Action.REFUSED),
    (400, "IdleTimeout", Action.RETRY),
    (400, "InvalidPushType", Action.REFUSED),
    (400, "MissingDeviceToken", Action.REFUSED),
    (400, "MissingTopic", Action.OPERATOR),
    (400, "PayloadEmpty", Action.REFUSED),
    (400, "TopicDisallowed", Action.OPERATOR),
    (403, "BadCertificate", Action.OPERATOR),
    (403, "BadCertificateEnvironment", Action.OPERATOR),
    (403, "BadEnvironmentKeyIdInToken", Action.OPERATOR),
    (403, "BadEnvironmentKeyInToken", Action.OPERATOR),
    (403, "ExpiredProviderToken", Action.RENEW_TOKEN),
    (403, "Forbidden", Action.OPERATOR),
    (403, "InvalidProviderToken", Action.OPERATOR),
    (403, "MissingProviderToken", Action.OPERATOR),
    (403, "UnrelatedKeyIdInToken", Action.OPERATOR),
    (404, "BadPath", Action.REFUSED),
    (405, "MethodNotAllowed", Action.REFUSED),
    (410, "ExpiredToken", Action.DEAD),
    (410, "Unregistered", Action.DEAD),
    (413, "PayloadTooLarge", Action.REFUSED),
    (429, "TooManyProviderTokenUpdates", Action.SLOW_DOWN),
    (429, "TooManyRequests", Action.SLOW_DOWN),
    (500, "InternalServerError", Action.RETRY),
    (503, "ServiceUnavailable", Action.RETRY),
    (503, "Shutdown", Action.RETRY),
]

NEWS = [
    (400, Action.REFUSED),
    (403, Action.OPERATOR),
    (408, Action.RETRY),
    (410, Action.RETRY),
    (429, Action.SLOW_DOWN),
    (502, Action.RETRY),
]


def answer(status: int, **body: object) -> Response:
    return Response(status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(("status", "reason", "action"), ROWS)
def test_each_documented_reason_has_its_consequence(status: int, reason: str, action: Action) -> None:
    assert meaning(answer(status, reason=reason))[:2] == (action, reason)


def test_no_row_of_the_table_goes_untested() -> None:
    assert {reason for _, reason, _ in ROWS} == REASONS.keys()


@pytest.mark.parametrize(("status", "action"), NEWS)
def test_a_reason_that_apple_adds_later_is_read_by_its_status(status: int, action: Action) -> None:
    assert meaning(answer(status, reason="SomethingNew"))[0] is action


def test_an_accepted_push_needs_no_reason() -> None:
    assert meaning(Response(200, {}))[0] is Action.DELIVERED


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"x"', b"\xff"])
def test_an_answer_without_a_reason_is_named_by_its_status(body: bytes) -> None:
    assert meaning(Response(500, {}, body)) == (Action.RETRY, "http_500", None)


def test_apple_says_since_when_a_token_is_dead() -> None:
    _, _, since = meaning(answer(410, reason="Unregistered", timestamp=1_795_608_000_123))
    assert since == datetime(2026, 11, 25, 12, 0, 0, 123_000, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [None, "soon", -1, 1e30])
def test_a_senseless_timestamp_is_none(timestamp: object) -> None:
    assert meaning(answer(410, reason="Unregistered", timestamp=timestamp))[2] is None
