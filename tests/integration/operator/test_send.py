"""`owlpost send` to a person's address: the id is looked up first, and an unknown address sends nothing."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pytest

from infra.cli.main import main
from infra.local.laptop.facts import FACTS
from tests.support.published_lambda import published

ADA = "01940000-0000-7000-8000-0000000000a1"
ENQUEUED = {
    "request_id": ADA,
    "duplicate": False,
    "notifications": 1,
    "deliveries": {"email": 1},
    "unknown_user_ids": 0,
}


class InvokeApi(BaseHTTPRequestHandler):
    """Lambda's Invoke API: it knows Ada's address, and keeps the requests that it is sent."""

    requests: ClassVar[list[Any]] = []

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(self._answer(event)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, event: Any) -> object:
        if event.get("command") != "people":
            self.requests.append(event)
            return ENQUEUED
        if event["users"] == ["ada@people.example"]:
            return [{"id": ADA, "name": "Ada", "email": "ada@people.example"}]
        return {"error": {"kind": "not_found", "message": "there is no person with this id or address"}}

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Path]:
    InvokeApi.requests.clear()
    with published(tmp_path, InvokeApi) as folder:
        yield folder


def send(instance: Path, user: str) -> int:
    flags = ["--type", "feedback.new", "--title", "It works", "--user", user, "--data-dir", str(instance)]
    return main(["send", *flags])


def test_an_address_is_sent_as_the_persons_id(instance: Path) -> None:
    assert send(instance, "ada@people.example") == 0
    (request,) = InvokeApi.requests
    assert request["recipients"] == {"user_ids": [ADA]}


def test_an_id_is_sent_as_it_is(instance: Path) -> None:
    assert send(instance, ADA) == 0
    (request,) = InvokeApi.requests
    assert request["recipients"] == {"user_ids": [ADA]}


def test_an_unknown_address_sends_nothing(instance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(instance, "nobody@people.example") == 1
    assert "no person" in capsys.readouterr().err
    assert InvokeApi.requests == []


def test_a_fact_from_a_file_is_sent_as_it_is(instance: Path) -> None:
    file = FACTS / "ratings_sync.json"
    assert main(["send", str(file), "--data-dir", str(instance)]) == 0
    assert InvokeApi.requests == [json.loads(file.read_text(encoding="utf-8"))]


def test_a_bad_fact_is_refused_by_its_field_before_anything_is_sent(
    instance: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((FACTS / "ratings_sync.json").read_text(encoding="utf-8"))
    content["fact"]["app"]["id"] = "no id"
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(content), encoding="utf-8")
    assert main(["send", str(bad), "--data-dir", str(instance)]) != 0
    assert "fact.app.id" in capsys.readouterr().err
    assert InvokeApi.requests == []
