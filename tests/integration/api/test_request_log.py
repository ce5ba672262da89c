"""The line that a request leaves in the log: the id of the access log's line, and a source that tells nobody who it was."""

import pytest

from functions.api.main import handler
from owlpost.domain.sources import source_of
from owlpost.keyed_hashes import CodeHashes
from tests.integration.api.conftest import KEY
from tests.support.api import ApiClient
from tests.support.log_reading import logged
from tests.support.wired import Context


def line_of(client: ApiClient, method: str, path: str, **more: object) -> tuple[str, dict[str, object]]:
    """Make a request. Return its id as API Gateway has it, and the line about it."""
    event = client.event(method, path, None, {}) | more
    with logged() as log:
        handler(event, Context())
    return event["requestContext"]["requestId"], log.one("request")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/auth/me", 401),
        ("HEAD", "/v1/auth/me", 401),
        ("GET", "/v1/nothing", 404),
        ("POST", "/v1/auth/send-code", 400),
    ],
)
def test_each_request_leaves_a_line_with_the_id_of_the_access_log(method: str, path: str, status: int) -> None:
    asked, line = line_of(ApiClient(), method, path)
    assert (line["gateway_request_id"], line["status"]) == (asked, status)


def test_the_source_is_the_hash_of_the_audit_trail_and_no_address() -> None:
    client = ApiClient(ip="203.0.113.77")
    _, line = line_of(client, "GET", "/v1/auth/me")
    assert line["source"] == CodeHashes([KEY]).hash_source("203.0.113.77")
    assert "203.0.113" not in str(line)


def test_one_source_is_told_from_another_and_a_subscriber_is_one() -> None:
    told = [
        line_of(ApiClient(ip=ip), "GET", "/v1/auth/me")[1]["source"]
        for ip in ("2001:db8::1", "2001:db8::2", "192.0.2.1")
    ]
    assert told[0] == told[1] != told[2]
    assert source_of("2001:db8::1") == source_of("2001:db8::2")


def test_a_line_says_nothing_else_of_who_asked() -> None:
    client = ApiClient(bearer="a-token-of-somebody", ip="203.0.113.77", headers={"user-agent": "Owl/1"})
    _, line = line_of(client, "GET", "/v1/invites/a-token-of-an-invitation")
    for secret in ("a-token", "Owl/1", "203.0.113"):
        assert secret not in str(line)


def test_a_request_from_nowhere_has_no_source() -> None:
    _, line = line_of(ApiClient(ip=""), "GET", "/v1/auth/me")
    assert "source" not in line
