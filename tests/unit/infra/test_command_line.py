"""The command line never shows a traceback: a sentence that says what is wrong and what to do, and an exit code."""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.cli.errors import Missing, Unreachable
from infra.cli.main import main
from infra.cli.target import Target

Output = pytest.CaptureFixture[str]


class Answering:
    """An Owlpost that gives one answer to all commands, or raises it."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def operate(self, command: Mapping[str, object]) -> Any:  # noqa: ARG002 (the answer is the same for all)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def connect(self, _options: argparse.Namespace) -> Target:
        return self


def refused(capsys: Output, *arguments: str) -> tuple[int, str]:
    """Return exit code and error of a command that cannot be carried out."""
    try:
        code = main(arguments)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    return code, shown


def test_owlpost_alone_helps(capsys: Output) -> None:
    assert main([]) == 0
    assert "COMMAND" in capsys.readouterr().out


def test_the_version_is_printed(capsys: Output) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip().count(".") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["delivery"], "did you mean deliveries?"),
        (["deliveries", "--chanel", "email"], "--chanel is not understood; did you mean --channel"),
        (["deliveries", "--status", "faild"], "there is no faild; did you mean failed?"),
        (["deliveries", "--status", "x"], "it must be one of pending, sent, failed, skipped"),
        (["deliveries", "--since", "yesterday"], "neither like 30m, 2h or 7d"),
        (["deliveries", "--since", "999999999999999d"], "neither like 30m, 2h or 7d"),
        (["deliveries", "--limit", "-1"], "is not a whole number above 0"),
        (["cost", "--notifications", "many"], "'many' is not a whole number"),
        (["up", "--port", "99999"], "is no port"),
        (["up", "--port", "web"], "is no port"),
        (["up", "--without", "apn,resend"], "there is no apn; did you mean apns?"),
        (["up", "--without", "pigeons"], "there are resend, apns, fcm"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_commands_own_usage(
    capsys: Output, arguments: list[str], said: str
) -> None:
    code, shown = refused(capsys, *arguments)
    assert code == 2
    assert said in shown
    if len(arguments) > 1:
        assert f"usage: owlpost {arguments[0]}" in shown


def test_a_file_that_is_missing_or_no_text_is_one_sentence(capsys: Output, tmp_path: Path) -> None:
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for file, said in ((tmp_path / "none.json", "No such file"), (tmp_path, "directory"), (binary, "UTF-8")):
        code, shown = refused(capsys, "send", str(file))
        assert code == 2
        assert said in shown
        assert "examples/feedback_new.json" in shown


def test_a_preview_that_cannot_be_written_is_one_sentence(capsys: Output, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, shown = refused(capsys, "preview", "--out", str(tmp_path / "file" / "page.html"))
    assert code == 3
    assert "name another file with --out" in shown


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (Missing("no delivery has this id"), 1, "owlpost: no delivery has this id\n"),
        (Unreachable("the database does not answer; try again in a minute"), 3, "try again in a minute"),
        (KeyError("owl"), 3, "unexpected KeyError: 'owl'; `owlpost --traceback …` shows where"),
    ],
)
def test_an_error_is_one_sentence_and_an_exit_code(capsys: Output, answer: Exception, code: int, said: str) -> None:
    assert main(["deliveries"], connect=Answering(answer).connect) == code
    shown = capsys.readouterr().err
    assert said in shown
    assert "Traceback" not in shown


def test_a_list_can_be_read_at_80_columns(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery: dict[str, object] = {
        "id": "01a205ea-b58f-7200-972e-2bdc4067fef7",
        "channel": "mobile_push",
        "type": "questionnaire.response_new",
        "status": "pending",
        "error": "rate_limited",
        "attempts": 3,
        "waits_for": None,
        "provider_id": None,
        "recipient": "somebody.with.a.long.name@people.example",
        "created_at": "2026-11-28T20:00:00+00:00",
        "next_attempt_at": None,
    }
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["deliveries"], connect=Answering([delivery, delivery]).connect) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(str(delivery["id"]) in line for line in lines) == 2
    assert sum(str(delivery["recipient"]) in line for line in lines) == 2


def test_help_loads_no_cloud_client_no_database_and_no_table_library() -> None:
    """Reading `--help` costs a tenth of a second of CPU; what it must not load is what would cost seconds."""
    script = """
import sys
from infra.cli.main import main
for arguments in ([], ["--help"], ["deliveries", "--help"], ["up", "--help"], ["cost", "--help"]):
    try:
        main(arguments)
    except SystemExit:
        pass
print(sorted({"boto3", "botocore", "sqlalchemy", "pydantic", "rich", "aws_cdk", "httpx", "jinja2"} & set(sys.modules)))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "[]"


def test_every_help_fits_into_80_columns(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main([])
    commands = [
        line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("    ") and line[4] != " "
    ]
    assert len(commands) > 10
    for command in commands:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("command", ["up", "demo", "status", "explain"])
def test_an_empty_folder_is_not_the_one_that_the_command_is_run_in(capsys: Output, command: str) -> None:
    code, shown = refused(capsys, command, "--data-dir", "")
    assert code == 2
    assert "--data-dir: the name of the folder is empty" in shown


@pytest.mark.parametrize("port", ["70000", "abc", "-1", "22.5", ""])
def test_a_number_that_is_no_port_is_one_sentence(capsys: Output, port: str) -> None:
    code, shown = refused(capsys, "up", "--port", port)
    assert code == 2
    assert "is no port: give a number from 1 to 65535, or 0 for a free one" in shown


@pytest.mark.parametrize(
    "command", ["", "now", "redrive", "dead-letters", "estimate", "send", "hold", "recall", "journal", "top", "cost"]
)
def test_help_fits_into_eighty_columns(command: str, monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([*([command] if command else []), "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80
