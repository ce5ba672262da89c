"""What `owlpost up` says to do next can be done, with the demo and without it."""

import re
import shlex
from pathlib import Path

import pytest

from infra.cli.main import command_line
from infra.cli.run_laptop import DEMO_NEXT, NO_DEMO_NEXT
from tests.unit.docs.test_runbook import PLACEHOLDERS, nowhere

REPOSITORY = Path(__file__).parents[3]


def words(hint: str) -> list[list[str]]:
    return [shlex.split(command) for command in re.findall(r"`(owlpost [^`]+)`", hint)]


@pytest.mark.parametrize("command", [*words(DEMO_NEXT), *words(NO_DEMO_NEXT)], ids=" ".join)
def test_the_command_line_takes_what_the_laptop_suggests(command: list[str]) -> None:
    options = command_line(nowhere).parse_args([PLACEHOLDERS.get(word, word) for word in command[1:]])
    assert callable(options.run)
    for word in command:
        assert not word.endswith(".json") or (REPOSITORY / word).is_file()


def test_without_the_demo_nothing_is_suggested_that_needs_its_people() -> None:
    assert "examples/" in DEMO_NEXT  # they name people of the demo
    assert "examples/" not in NO_DEMO_NEXT
    assert len(words(NO_DEMO_NEXT)) == 2
