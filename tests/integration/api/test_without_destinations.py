"""An installation without channels of destinations has no key for them, and answers about them as about anything unknown."""

from uuid import uuid4

import pytest

from tests.integration.api.conftest import signed_in
from tests.support.api import ApiClient
from tests.support.people import Person


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/test"),
        ("POST", "/rotate-secret"),
    ],
)
def test_a_destination_that_is_not_there_is_not_found(ada: Person, method: str, path: str) -> None:
    body = {"label": "Build room"} if method == "PATCH" else None
    answer = ApiClient(bearer=signed_in(ada)).request(method, f"/v1/destinations/{uuid4()}{path}", body=body)
    assert answer.status == 404


def test_there_are_none_and_none_can_be_connected(ada: Person) -> None:
    client = ApiClient(bearer=signed_in(ada))
    assert client.get("/v1/destinations").status == 200
    answer = client.post("/v1/destinations", {"channel": "webhook", "url": "https://hooks.example.com/x"})
    assert (answer.status, "channel" in answer.body["error"]) == (400, True)
