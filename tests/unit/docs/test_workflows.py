"""What CI runs: actions pinned by commit, no credentials left behind, and the Pythons that are promised."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[3]
FOLDER = REPOSITORY / ".github" / "workflows"
WORKFLOWS: dict[str, Any] = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yml"))
}
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
every_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job.get("steps", ())]


def test_the_workflow_that_tests_and_the_one_that_deploys_are_called_so() -> None:
    assert {name: workflow["name"] for name, workflow in WORKFLOWS.items()} == {"deploy": "deploy", "test": "test"}
    assert WORKFLOWS["deploy"]["jobs"]["deploy"]["needs"] == "test"


@every_workflow
def test_actions_are_pinned_by_commit_with_the_version_beside_it(name: str) -> None:
    lines = [line.strip().lstrip("- ") for line in (FOLDER / f"{name}.yml").read_text(encoding="utf-8").splitlines()]
    used = [line for line in lines if line.startswith("uses: ") and "uses: ./" not in line]
    assert used
    assert [line for line in used if not PINNED.fullmatch(line)] == []


@every_workflow
def test_no_checkout_leaves_credentials_behind(name: str) -> None:
    checkouts = [step for step in steps(name) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


@every_workflow
def test_a_workflow_may_only_read_unless_a_job_says_more(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}


@every_workflow
def test_nothing_is_run_from_a_registry_without_a_lock(name: str) -> None:
    commands = "\n".join(step.get("run", "") for step in steps(name))
    assert not re.search(r"npx|npm install|pip install|uvx|curl", commands)


def test_the_oldest_and_the_newest_python_that_are_promised_are_tested() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    promised = sorted(named, key=lambda version: int(version.partition(".")[2]))
    assert project["requires-python"] == f">={promised[0]}"
    tested = WORKFLOWS["test"]["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == [promised[0], promised[-1]]
