"""Every row about a person as JSON, in pages that Lambda can carry, without tokens and secrets."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from functions import operate
from infra.cli.errors import NOT_FOUND
from infra.cli.main import main
from owlpost.db.personal.export import BLANK, MOST_ROWS
from tests.integration.operator.test_cli import in_process
from tests.support.known_people import EVERY_TABLE, Known, known_person
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

#: What Lambda answers at most, in bytes.
LARGEST_ANSWER = 6_291_456


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate")


def pages(user: object) -> list[Any]:
    """Return the pages as Lambda would write them: each at most as large as an answer may be."""
    found: list[Any] = []
    after: str | None = None
    while True:
        written = json.dumps(
            operate.handler({"command": "export_person", "user": str(user), "after": after}, Context())
        )
        assert len(written) < LARGEST_ANSWER
        found.append(json.loads(written))
        after = found[-1]["next"]
        if after is None:
            return found


def whole(user: object) -> dict[str, list[Any]]:
    tables: dict[str, list[Any]] = {}
    for page in pages(user):
        for table, rows in page["tables"].items():
            tables.setdefault(table, []).extend(rows)
    return tables


def add_notifications(stage: Stage, somebody: Known, number: int, body: str) -> None:
    stage.change(
        "insert into notifications (user_id, type, title, body, request_id)"
        " select :id, 'feedback.new', 'number ' || n, :body, owlpost_uuid7() from generate_series(1, :number) n",
        id=somebody.id,
        body=body,
        number=number,
    )


def test_each_table_with_rows_about_the_person_is_there_and_nothing_of_others(stage: Stage) -> None:
    somebody, _ = known_person(stage), known_person(stage, "bob")
    tables = whole(somebody.email)
    assert set(tables) == EVERY_TABLE
    assert [row["email"] for row in tables["users"]] == ["Zanzibar@People.Example"]
    assert "bob" not in json.dumps(tables)


def test_tokens_and_secrets_are_left_out(stage: Stage) -> None:
    somebody = known_person(stage)
    tables = whole(somebody.id)
    assert [row["token"] for row in (*tables["user_devices"], *tables["retired_devices"])] == [BLANK, BLANK]
    assert tables["email_verification_codes"][0]["code_hash"] == BLANK
    assert {row["token_hash"] for row in tables["team_invitations"]} == {BLANK}
    assert "zanzibar-token" not in json.dumps(tables)
    assert "zanzibardead" not in json.dumps(tables)


@pytest.mark.parametrize(("number", "body"), [(MOST_ROWS + 7, "short"), (60, "é\n" * 25_000)])
def test_an_export_of_any_size_has_each_row_once(stage: Stage, number: int, body: str) -> None:
    somebody = known_person(stage)
    add_notifications(stage, somebody, number, body)
    assert len(pages(somebody.id)) > 1
    tables = whole(somebody.id)
    assert len({row["id"] for row in tables["notifications"]}) == len(tables["notifications"]) == number + 1
    assert set(tables) == EVERY_TABLE


def test_a_row_that_is_larger_than_a_page_has_one_to_itself(stage: Stage) -> None:
    somebody = known_person(stage)
    stage.change("update users set preferences = jsonb_build_object('host', repeat('x', 950000))")
    command = {"command": "export_person", "user": str(somebody.id), "after": None}
    for _ in range(20):
        page = operate.handler(command, Context())
        assert page["tables"] or not page["next"], "it goes on for ever"
        if "users" in page["tables"]:
            break
        command["after"] = page["next"]
    (account,) = page["tables"]["users"]
    assert len(account["preferences"]["host"]) == 950_000


def test_an_export_is_one_act_in_the_trail_whatever_its_pages(stage: Stage) -> None:
    somebody = known_person(stage)
    add_notifications(stage, somebody, MOST_ROWS + 1, "short")
    assert len(pages(somebody.id)) > 1
    events = json.loads(json.dumps(operate.handler({"command": "security"}, Context())))["events"]
    assert [each["detail"] for each in events if each["kind"] == "operator"] == [{"act": "export_person"}]


@pytest.mark.parametrize("after", ["", "nonsense", "pg_authid x"])
def test_a_cursor_that_no_page_gave_is_refused(stage: Stage, after: str) -> None:
    command = {"command": "export_person", "user": str(known_person(stage).id), "after": after or "x"}
    assert operate.handler(command, Context())["error"]["field"] == "after"


def test_the_command_line_saves_the_whole_for_its_owner_alone_and_overwrites_nothing(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    somebody = known_person(stage)
    add_notifications(stage, somebody, MOST_ROWS + 1, "short")
    file = tmp_path / "export.json"
    assert main(["export", somebody.email, "--save", str(file)], connect=in_process) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text(encoding="utf-8"))["tables"] == whole(somebody.id)
    assert main(["export", somebody.email, "--save", str(file)], connect=in_process) == 3
    capsys.readouterr()
    assert main(["export", somebody.email, "--json"], connect=in_process) == 0
    assert json.loads(capsys.readouterr().out)["next"]
    missing = tmp_path / "missing.json"
    assert main(["export", "zanzibaa@people.example", "--save", str(missing)], connect=in_process) == NOT_FOUND
    assert "did you mean zanzibar@people.example" in capsys.readouterr().err
    assert not missing.exists()
