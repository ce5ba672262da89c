"""Whatever is sent, somebody is answered in JSON, and never with a fault of ours."""

import json
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.api.main import app
from tests.integration.api.conftest import Postman
from tests.support.api import ApiClient

DOCUMENT: dict[str, Any] = json.loads(app.get_openapi_json_schema())
OPERATIONS = [(method, path) for path, operations in DOCUMENT["paths"].items() for method in operations]
FIELDS = [
    "email",
    "code",
    "name",
    "preferences",
    "read",
    "type",
    "up_to",
    "channel",
    "platform",
    "token",
    "role",
    "issue_alert_frequency",
    "environment",
    "app_version",
]

#: An address carries any character; a body may spell out one that is none.
plain = st.text(max_size=40) | st.sampled_from(["\0", "ada@people.example", "mobile_push", "ios", "9" * 400])
texts = plain | st.just("\ud800")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6).map(json.dumps) | texts | st.none()
queries = st.dictionaries(st.sampled_from(["read_state", "type", "cursor", "limit", "token", "x"]), plain, max_size=4)
segments = st.uuids().map(str) | st.just(str(UUID(int=0))) | plain.filter(lambda text: text and "/" not in text)
headers = st.dictionaries(
    st.sampled_from(["if-none-match", "origin", "sec-fetch-site", "content-type", "accept", "cookie"]),
    st.sampled_from(["application/json", "text/html", "same-origin", "http://[", "*", 'W/"1"', ",", "é"]),
    max_size=3,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(OPERATIONS), segments, bodies, queries, headers, st.booleans())
def test_nothing_that_is_sent_makes_a_fault_of_ours(
    api: ApiClient,
    postman: Postman,
    operation: tuple[str, str],
    segment: str,
    body: str | None,
    query: dict[str, object],
    headers: dict[str, str],
    by_cookie: bool,  # noqa: FBT001 (hypothesis draws it)
) -> None:
    method, path = operation
    parts = [segment if part.startswith("{") else part for part in path.split("/")]
    client = ApiClient(cookie=f"token={api.bearer}") if by_cookie else ApiClient(bearer=api.bearer)
    client.headers = headers
    answer = client.request(method.upper(), "/".join(parts), body=body, query=query)
    documented = DOCUMENT["paths"][path][method]["responses"]
    assert answer.status < 500
    assert answer.status == 404 or str(answer.status) in documented
    if answer.status >= 400 and answer.headers["content-type"] == "application/json":
        assert answer.error
        assert set(answer.body) <= {"error", "code", "details"}
