"""The doorstep: paths that exist, hooks that run what `make quick` runs, and a help that names every target."""

import os
import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
WHERE = CONTRIBUTING.partition("## Where is …?")[2].partition("\n## ")[0]
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def test_each_question_names_a_file_that_exists() -> None:
    paths = re.findall(r"^\|[^|]+\| `([^`]+)` \|$", WHERE, re.MULTILINE)
    assert len(paths) == 10
    assert [path for path in paths if not (REPOSITORY / path).is_file()] == []


def test_folders_and_documents_that_are_named_exist() -> None:
    named = re.findall(r"`((?:tests|docs|infra|functions)/[\w./-]*)`", CONTRIBUTING)
    assert len(named) > 8
    assert [path for path in named if not (REPOSITORY / path).exists()] == []


def test_help_names_every_target() -> None:
    (declared,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)
    assert set(declared.split()) == set(explained)
    assert set(explained) == set(re.findall(r"^([a-z]+):(?!=)", MAKEFILE, re.MULTILINE))


def test_hooks_run_what_make_quick_runs() -> None:
    """`--dry-run` alone: make is asked for its commands, with what is set up already left out."""
    said = subprocess.run(
        ["make", "--dry-run", "--old-file=setup", "--no-print-directory", "quick"],
        cwd=REPOSITORY,
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "ARGS"))},
        capture_output=True,
        text=True,
        check=True,
    )
    commands = [line.strip() for line in said.stdout.splitlines() if line.startswith(".venv/bin/")]
    hooks = (REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = [entry.strip() for entry in re.findall(r"entry: (.*)$", hooks, re.MULTILINE)]
    assert len(entries) == 5
    assert commands == entries


def test_every_target_that_runs_tests_takes_arguments() -> None:
    recipes = [line for line in MAKEFILE.splitlines() if line.startswith("\t$(BIN)/pytest")]
    assert len(recipes) > 5
    assert [recipe for recipe in recipes if not recipe.endswith("$(ARGS)")] == []
