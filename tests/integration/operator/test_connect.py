"""`owlpost connect`: the worker of the channel is asked, and what it finds is printed."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar

import pytest

from infra.cli.main import main
from tests.support.published_lambda import published

GOOD = {"subject": "Telegram", "level": "good", "said": "sends its updates to us", "remedy": ""}
WRONG = {"subject": "Telegram", "level": "wrong", "said": "has no token", "remedy": "Set TELEGRAM_BOT_TOKEN."}


class InvokeApi(BaseHTTPRequestHandler):
    """A Lambda that answers each call with what a test has said."""

    calls: ClassVar[list[tuple[str, Any]]] = []
    finding: ClassVar[dict[str, str]] = GOOD

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.calls.append((self.path, json.loads(body)))
        answer = json.dumps({"findings": [self.finding]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Path]:
    InvokeApi.calls.clear()
    with published(tmp_path, InvokeApi) as folder:
        yield folder


@pytest.mark.parametrize(("finding", "code"), [(GOOD, 0), (WRONG, 1)])
def test_the_worker_is_asked_and_its_finding_is_printed(
    instance: Path, capsys: pytest.CaptureFixture[str], finding: dict[str, str], code: int
) -> None:
    InvokeApi.finding = finding
    assert main(["connect", "telegram", "--data-dir", str(instance)]) == code
    [(path, event)] = InvokeApi.calls
    assert "/owlpost-deliver-telegram/" in path
    assert event == {"announce": "events"}
    assert finding["said"] in capsys.readouterr().out


def test_a_channel_that_there_is_not_is_refused(instance: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", "fax", "--data-dir", str(instance)]) == 2
    assert "'fax' is none of" in capsys.readouterr().err
    assert InvokeApi.calls == []
