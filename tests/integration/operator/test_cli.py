"""The operator's commands from the command line down to the rows, and back to what a person reads."""

import argparse
import json
import socket
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from functions import operate
from infra.cli import target
from infra.cli.errors import CommandFailed, Missing, Unreachable
from infra.cli.main import main
from infra.cli.target import Target
from owlpost.domain.outcomes import Failed, Sent
from owlpost.queue_messages import Message
from tests.support.published_lambda import published
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


class InProcess:
    """Invokes the function as Lambda would: JSON in, JSON out."""

    def operate(self, command: Mapping[str, object]) -> Any:
        return target.checked(json.loads(json.dumps(operate.handler(json.loads(json.dumps(command)), Context()))))


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate")


def in_process(_options: argparse.Namespace) -> Target:
    return InProcess()


def owlpost(*arguments: object) -> int:
    return main(list(map(str, arguments)), connect=in_process)


def fail(stage: Stage, people: int = 1) -> list[Any]:
    ids = stage.tell(people)
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver(ids)
    stage.adapter.script = lambda _delivery: Sent()
    return ids


Output = pytest.CaptureFixture[str]


def test_failed_deliveries_are_found_explained_counted_and_driven_again(stage: Stage, capsys: Output) -> None:
    (delivery_id,) = fail(stage)
    assert owlpost("deliveries", "--status", "failed", "--since", "2d", "--json") == 0
    (listed,) = json.loads(_json(capsys))
    assert listed["id"] == str(delivery_id)

    assert owlpost("explain", delivery_id) == 0
    assert "the provider refused this mail as invalid" in capsys.readouterr().out

    assert owlpost("redrive", "--channel", "email", "--dry-run") == 0
    assert "1 deliveries would be sent again, 0 skipped." in capsys.readouterr().out
    assert stage.row(delivery_id)["status"] == "failed"

    assert owlpost("redrive", "--channel", "email") == 0
    assert "1 deliveries were sent again, 0 skipped." in capsys.readouterr().out
    assert stage.row(delivery_id)["status"] == "pending"


def test_a_table_shows_whole_ids_that_can_be_copied(stage: Stage, capsys: Output) -> None:
    ids = stage.tell(2)
    assert owlpost("deliveries", "--channel", "email") == 0
    shown = capsys.readouterr().out
    assert all(str(each) in shown for each in ids)
    assert "2 deliveries" in shown


def test_a_redrive_says_what_it_refuses(stage: Stage, capsys: Output) -> None:
    sent, unknown = stage.tell(2)
    stage.deliver([sent])
    stage.change(
        "update notification_deliveries set status = 'failed', error = 'outcome_unknown' where id = :id", id=unknown
    )
    assert owlpost("redrive", "--delivery", sent, "--delivery", unknown) == 0
    shown = capsys.readouterr().out
    assert "Refused: 1 that match were sent." in shown
    assert "Refused: 1 that match may have been sent; --include-unknown takes them too." in shown
    assert owlpost("redrive", "--delivery", unknown, "--include-unknown") == 0
    assert stage.row(unknown)["status"] == "pending"


def test_explain_says_for_a_person_which_rule_decides_on_each_channel(stage: Stage, capsys: Output) -> None:
    stage.tell()
    stage.change("update users set email = 'Ada@people.example'")
    assert owlpost("explain", "ada@people.example", "issue.new") == 0
    shown = capsys.readouterr().out
    assert "default_off" in shown
    assert "no_device" in shown
    assert "default_on" in shown


def test_audit_exits_1_where_it_does_not_balance_and_names_what_is_missing(stage: Stage, capsys: Output) -> None:
    (delivery_id,) = stage.tell()
    stage.change("update notification_deliveries set status = 'sent'")
    assert owlpost("audit", "--since", "3d") == 0
    assert "It balances." in capsys.readouterr().out
    stage.change("delete from notification_deliveries where id = :id", id=delivery_id)
    assert owlpost("audit", "--since", "3d") == 1
    assert "1 of 1 notifications, 2 of 3 deliveries" in capsys.readouterr().out
    assert owlpost("audit", "--since", "3d", "--json") == 1
    assert json.loads(_json(capsys))["off_balance"] == 1


def test_dead_letters_are_shown_and_requests_resubmitted(stage: Stage, capsys: Output) -> None:
    stage.queues.send("requests-dlq", [Message("no JSON \x1b[2J", attributes={"error": "request: must be JSON"})])
    assert owlpost("dead-letters", "requests") == 0
    shown = capsys.readouterr().out
    assert "request: must be JSON" in shown
    assert "\x1b" not in shown
    assert owlpost("redrive", "--requests", "--dry-run") == 0
    assert owlpost("redrive", "--requests") == 0
    assert "1 requests were resubmitted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["dead-letters", "emial"], 1, "did you mean email?"),
        (["deliveries", "--channel", "emial"], 1, "did you mean email?"),
        (["deliveries", "--user", "nobody@people.example"], 1, "no person"),
        (["explain", "nobody@people.example", "feedback.new"], 1, "no person"),
        (["explain", "nobody@people.example", "feedback.nwe"], 1, "did you mean feedback.new"),
        (["redrive", "--delivery", "0190f5c0-0000-7000-8000-000000000000"], 1, "no delivery has the id"),
        (["redrive", "--rate", "0"], 2, "rate:"),
        (["explain", "0190f5c0-0000-7000-8000-000000000000"], 1, "no delivery has the id"),
        (["explain", "ada@people.example"], 2, "add a type: owlpost explain ada@people.example TYPE"),
        (["redrive", "--delivery", "12"], 2, "delivery_ids.0"),
    ],
)
def test_what_cannot_be_done_is_said_with_an_exit_code(
    capsys: Output, arguments: list[str], code: int, said: str
) -> None:
    assert owlpost(*arguments) == code
    assert said in capsys.readouterr().err


class InvokeApi(BaseHTTPRequestHandler):
    """Lambda's Invoke API, answering by what was asked for."""

    def do_POST(self) -> None:
        command = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        refused = command["command"] == "explain_delivery"
        failed = command["command"] == "release"
        error = {"error": {"kind": "not_found", "message": "no such delivery"}}
        fault = {"errorType": "KeyError", "errorMessage": "'owl'"}
        body = json.dumps(error if refused else fault if failed else [command, self.path]).encode()
        self.send_response(200)
        if failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def options(data_dir: Path, *, aws: bool = False) -> argparse.Namespace:
    return argparse.Namespace(data_dir=data_dir, aws=aws, prefix=None)


def test_a_running_instance_is_found_by_its_data_folder_and_invoked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    with published(tmp_path, InvokeApi):
        instance = target.connect(options(tmp_path))
        command = {"command": "audit"}
        assert instance.operate(command) == [command, "/2015-03-31/functions/owlpost-operate/invocations"]
        assert instance.operate({"command": "redrive"})[0] == {"command": "redrive", "operator": target.local_user()}
        with pytest.raises(Missing, match="no such delivery"):
            instance.operate({"command": "explain_delivery"})
        with pytest.raises(CommandFailed, match="owlpost-operate failed: 'owl'"):
            instance.operate({"command": "release"})
    assert isinstance(instance, target.LambdaTarget)
    with socket.socket() as taken:  # nobody listens at its port any more, and nobody else can
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", urlsplit(instance.client.meta.endpoint_url).port))
        with pytest.raises(Unreachable, match="gave no answer"):
            instance.operate(command)


def test_aws_is_asked_where_no_instance_runs_or_where_it_is_named_and_that_is_said(
    tmp_path: Path, capsys: Output
) -> None:
    for chosen in (options(tmp_path / "none"), options(tmp_path, aws=True)):
        found = target.connect(chosen)
        assert isinstance(found, target.LambdaTarget)
        assert found.client.meta.endpoint_url == "https://lambda.us-east-1.amazonaws.com"
        assert "on AWS, in us-east-1" in capsys.readouterr().err


def test_where_there_is_neither_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert main(["audit", "--data-dir", str(tmp_path)]) == 3
    assert "owlpost up" in capsys.readouterr().err


def _json(capsys: Output) -> str:
    """What was printed after the function's own log lines, which share this process."""
    printed = capsys.readouterr().out.splitlines()
    return "\n".join(line for line in printed if not line.startswith(('{"_aws"', '{"level"')))
