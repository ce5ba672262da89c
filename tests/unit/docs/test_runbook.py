"""The runbook can be followed: each command that it names is one that the command line takes."""

import re
import shlex
from argparse import Namespace
from pathlib import Path

import pytest

from infra.cli.main import command_line
from infra.cli.target import Target

REPOSITORY = Path(__file__).parents[3]
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text(encoding="utf-8")
OPERATOR = (REPOSITORY / "docs" / "operator.md").read_text(encoding="utf-8")
BY_SYMPTOM = RUNBOOK.partition("\n# By symptom and task\n")[2].partition("\n# By alarm\n")[0]
ID = "01a205ea-b58f-7200-972e-2bdc4067fef7"
#: What stands for something else, and an example of it.
PLACEHOLDERS = {
    "ADDRESS": "ada@example.com",
    "CHANNEL": "email",
    "FILE": "letters.jsonl",
    "HOLD": ID,
    "ID": ID,
    "NAME": "billing",
    "QUEUE": "requests",
    "REQUEST": ID,
    "TEXT": "why",
    "TYPE": "feedback.new",
    "UNTIL": "2h",
}


def commands(page: str) -> list[str]:
    """Return the commands of a page: those in text, and of each block the lines up to two spaces, where the answer begins."""
    blocks = re.findall(r"^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    lines = [re.split(r"\s{2,}", line)[0] for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", page, flags=re.MULTILINE | re.DOTALL))
    return sorted({each for each in (*lines, *inline) if re.match(r"owlpost [a-z]", each) and "…" not in each})


def sections(page: str) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def nowhere(_options: Namespace) -> Target:
    raise AssertionError("nothing is carried out here")


@pytest.mark.parametrize("command", [*commands(RUNBOOK), *commands(OPERATOR)])
def test_the_command_line_takes_each_command_that_the_operators_pages_name(command: str) -> None:
    words = [PLACEHOLDERS.get(word, word) for word in shlex.split(command)[1:]]
    options = command_line(nowhere).parse_args(words)
    assert callable(options.run)


def test_a_command_that_does_not_exist_would_be_found() -> None:
    with pytest.raises(SystemExit):
        command_line(nowhere).parse_args(["recall", "--everything"])


@pytest.mark.parametrize(("symptom", "text"), sections(BY_SYMPTOM).items())
def test_each_symptom_has_its_commands_with_what_they_answer_when_all_is_well(symptom: str, text: str) -> None:
    answers = [line for block in re.findall(r"^```\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
    assert answers, symptom
    for line in answers:
        command, answer = re.split(r"\s{2,}", line, maxsplit=1)
        assert command.startswith("owlpost "), symptom
        assert answer, command


def test_what_operators_are_asked_most_has_a_section() -> None:
    wanted = {
        "mail is late",
        "somebody got it twice",
        "a wrong one went out",
        "a storm",
        "rotate a key without loss",
        "SQS lost everything",
        "a person wants their data",
        "the provider is away for hours",
    }
    assert wanted <= set(sections(BY_SYMPTOM))


def test_the_sections_that_one_refers_to_exist() -> None:
    titles = set(sections(RUNBOOK))
    referred = set(re.findall(r"see \*([^*]+)\*", " ".join(BY_SYMPTOM.split())))
    assert {each for each in referred if not each.startswith("waits for")} <= titles
