"""The gateway: requests as API Gateway's HTTP API hands them over, answers as it gives them."""

import json
import re
import socket
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from infra.local.runtime.engine import Engine
from tests.support.engine_stage import small_topology


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(small_topology(), data_dir=tmp_path_factory.mktemp("engine"), database={}) as engine:
        yield engine


@pytest.fixture
def browser(engine: Engine) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=engine.urls["api"], timeout=60) as client:
        yield client


def _answered(browser: httpx.Client, answer: Any) -> httpx.Response:
    return browser.get("/", params={"answer": json.dumps(answer)})


def test_a_request_becomes_an_event_of_format_2(browser: httpx.Client) -> None:
    headers = [("X-Owl", "one"), ("x-owl", "two"), ("Cookie", "a=1; b=2"), ("User-Agent", "owl/1")]
    before = time.time() * 1000
    event = browser.get("/owls/caf%C3%A9?tag=a&tag=b&empty=&text=%C3%BC+x", headers=headers).json()
    assert event["version"] == "2.0"
    assert event["routeKey"] == "$default"
    assert event["rawPath"] == "/owls/café"
    assert event["rawQueryString"] == "tag=a&tag=b&empty=&text=%C3%BC+x"
    assert event["queryStringParameters"] == {"tag": "a,b", "empty": "", "text": "ü x"}
    assert event["headers"]["x-owl"] == "one,two"
    assert "cookie" not in event["headers"]
    assert event["headers"]["x-forwarded-port"] == str(browser.base_url.port)
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", event["headers"]["x-amzn-trace-id"])
    assert event["cookies"] == ["a=1", "b=2"]
    context = event["requestContext"]
    assert context["http"] == {
        "method": "GET",
        "path": "/owls/café",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "owl/1",
    }
    assert context["stage"] == "$default"
    assert before - 1 <= context["timeEpoch"] <= time.time() * 1000
    assert context["time"].endswith(" +0000")
    assert context["requestId"]
    assert event["isBase64Encoded"] is False
    assert "body" not in event


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
def test_every_method_comes_through(browser: httpx.Client, method: str) -> None:
    assert browser.request(method, "/").json()["requestContext"]["http"]["method"] == method


def test_a_head_request_gets_no_body(browser: httpx.Client) -> None:
    answer = browser.head("/")
    assert answer.status_code == 200
    assert answer.content == b""
    assert browser.get("/").status_code == 200


def test_json_comes_as_text(browser: httpx.Client) -> None:
    event = browser.post("/", content='{"ü": 1}'.encode(), headers={"Content-Type": "application/json"}).json()
    assert (event["body"], event["isBase64Encoded"]) == ('{"ü": 1}', False)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"code=1"),
        ("", b"code=1"),
        ("image/png", b"\x89PNG"),
        ("text/plain", b"\xff\xfe"),
    ],
)
def test_other_bodies_come_as_base64(browser: httpx.Client, kind: str, body: bytes) -> None:
    event = browser.post("/", content=body, headers={"Content-Type": kind} if kind else {}).json()
    assert event["isBase64Encoded"] is True
    assert b64decode(event["body"]) == body


def test_status_headers_and_each_cookie_reach_the_browser(browser: httpx.Client) -> None:
    cookies = ["session=1; HttpOnly", "theme=dark"]
    answer = _answered(
        browser, {"statusCode": 303, "headers": {"Location": "/inbox", "X-Count": 3}, "cookies": cookies}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/inbox"
    assert answer.headers["x-count"] == "3"
    assert answer.headers.get_list("set-cookie") == cookies
    assert answer.headers["content-type"] == "text/plain;charset=utf-8"
    assert answer.headers["apigw-requestid"]


def test_a_binary_answer_is_decoded(browser: httpx.Client) -> None:
    body = b64encode(b"\x89PNG").decode()
    headers = {"Content-Type": "image/png", "Content-Length": "999"}
    answer = _answered(browser, {"statusCode": 200, "headers": headers, "body": body, "isBase64Encoded": True})
    assert answer.content == b"\x89PNG"
    assert answer.headers["content-type"] == "image/png"


def test_no_content_is_a_whole_answer(browser: httpx.Client) -> None:
    assert _answered(browser, {"statusCode": 204}).status_code == 204
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("answer", [{"owls": 3}, ["owl"], "owl", None])
def test_an_answer_without_a_status_is_the_json_of_a_200(browser: httpx.Client, answer: Any) -> None:
    got = _answered(browser, answer)
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/json"
    assert got.json() == answer


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "soon"},
        {"statusCode": 42},
        {"statusCode": 200, "headers": ["no"]},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
    ],
)
def test_a_malformed_answer_is_an_internal_server_error(browser: httpx.Client, answer: Any) -> None:
    got = _answered(browser, answer)
    assert got.status_code == 500
    assert got.json() == {"message": "Internal Server Error"}


def test_a_function_that_raises_is_an_internal_server_error_that_tells_nothing(browser: httpx.Client) -> None:
    got = browser.get("/", params={"answer": "{not json"})
    assert got.status_code == 500
    assert got.json() == {"message": "Internal Server Error"}


def test_an_answer_over_lambdas_six_megabytes_is_an_internal_server_error(browser: httpx.Client) -> None:
    assert len(browser.get("/", params={"bytes": 6_000_000}).content) == 6_000_000
    got = browser.get("/", params={"bytes": 6_291_556})
    assert got.status_code == 500
    assert got.json() == {"message": "Internal Server Error"}


@pytest.mark.parametrize(("content_type", "most"), [("text/plain", 6_200_000), ("image/png", 4_700_000)])
def test_a_body_that_makes_an_event_over_lambdas_six_megabytes_is_refused(
    browser: httpx.Client, content_type: str, most: int
) -> None:
    headers = {"content-type": content_type}
    assert browser.post("/", params={"bytes": 1}, content=b"x" * most, headers=headers).status_code == 200
    assert browser.post("/", params={"bytes": 1}, content=b"x" * (most + 100_000), headers=headers).status_code == 413


def test_a_path_ends_at_a_question_mark_that_was_encoded(browser: httpx.Client) -> None:
    event = browser.get("/owls%3Fwho=ada?tag=a").json()
    assert (event["rawPath"], event["rawQueryString"]) == ("/owls", "tag=a")


def test_a_head_over_ten_kibibytes_is_refused(browser: httpx.Client) -> None:
    line = len("GET / HTTP/1.1")
    usual = sum(len(value) for value in browser.build_request("GET", "/").headers.values())
    most = 10_240 - line - usual
    assert browser.get("/", headers={"x-owl": "x" * most}).status_code == 200
    assert browser.get("/", headers={"x-owl": "x" * (most + 1)}).status_code == 431


@pytest.mark.parametrize("length", ["-1", "many", "1_0", "1.5", "²"])
def test_a_length_that_is_no_number_is_a_bad_request(browser: httpx.Client, length: str) -> None:
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{{}}".encode("latin-1")
    with socket.create_connection((browser.base_url.host, browser.base_url.port or 0), timeout=10) as connection:
        connection.sendall(head)
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_a_body_over_ten_megabytes_is_refused(browser: httpx.Client) -> None:
    got = browser.post("/", content=b"x" * (10 * 1024 * 1024 + 1))
    assert got.status_code == 413
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/feedback/01940000-0000-7000-8000-0000000000e1",
        "/dashboard/reviews?app_id=%3Cscript%3E<b>1",
        "/dashboard/issues",
    ],
)
def test_a_page_of_the_product_has_one_that_stands_in_for_it_and_says_so(engine: Engine, path: str) -> None:
    with socket.create_connection(("127.0.0.1", int(engine.urls["api"].rpartition(":")[2]))) as asked:
        host = engine.urls["api"].removeprefix("http://")
        asked.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        told = b"".join(iter(lambda: asked.recv(65_536), b"")).decode()
    assert told.startswith("HTTP/1.1 200")
    assert "Here your product shows" in told
    assert 'href="/dashboard/notifications"' in told
    assert "<b>" not in told


@pytest.mark.parametrize("path", ["/dashboard/feedback", "/dashboard/feedback/1/2", "/dashboard/issues/1", "/issues"])
def test_no_other_path_has_one(browser: httpx.Client, path: str) -> None:
    assert "Here your product shows" not in browser.get(path).text


def test_what_is_sent_to_the_product_goes_to_the_function(browser: httpx.Client) -> None:
    assert browser.post("/dashboard/issues").json()["rawPath"] == "/dashboard/issues"
