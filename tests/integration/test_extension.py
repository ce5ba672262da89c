"""Adding a type and adding a channel, done as the two pages of the documentation say, on a copy of the source.

The pages' own code is what is applied, so they cannot go stale: an entry at the end of a registry, and a new module.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.over_registries import files_over_registries

REPOSITORY = Path(__file__).parents[2]
SOURCE = ("functions", "infra", "layers", "tests", "docs")
#: What belongs to one clone alone.
LEFT_OUT = (
    ".git",
    ".venv",
    ".tools",
    ".owlpost",
    "cdk.out",
    "dist",
    "screenshots",  # the browser's tests write them meanwhile
    "__pycache__",
    ".*_cache",
    ".hypothesis",
    "node_modules",
)
PACKAGE = "layers/shared/python/owlpost"
#: What holds for the pages' own channel and type.
CHECKS = (
    *(f"tests/integration/extended/check_{name}.py" for name in ("channel", "type", "laptop")),
    "tests/infra/check_extended.py",
)
#: Beside the unit tests that read a registry: what a worker imports, in a fresh interpreter each, and what `explain` says.
WORKERS = "tests/integration/test_lean_imports.py::test_a_function_imports_no_library_that_it_does_not_use"
EVERY_CHANNEL = (
    *(f"{WORKERS}[deliver-{channel}]" for channel in ("email", "mobile_push", "relay")),
    "tests/integration/operator/test_explain.py",
)
#: The pages' code is held to sizes, and named where it must be.
DOCS = ("tests/unit/docs/test_sizes.py", "tests/unit/docs/test_names.py", "tests/unit/docs/test_guarantees.py")
#: What `make pages` makes of the registries.
MADE = {"docs/environment.md", "docs/deploy.md"}
#: Snapshots that `make snapshots` makes for a new type: its own, and those of the mail that lists all types.
SNAPSHOTS = ("tests/snapshots/app.released", "tests/snapshots/notifications.gathered")
#: Where an entry goes: the end of the tuple from which a registry is made.
END_OF_REGISTRY = "    )\n}\n"


@dataclass(frozen=True, slots=True)
class Page:
    """A page that names two files: the registry, which it gives an entry, and a module, which it adds."""

    name: str
    registry: str
    module: str

    def apply(self, root: Path) -> None:
        entry, module = re.findall(r"```python\n(.*?)```", self.text, re.DOTALL)
        registry = root / self.registry
        before, end, after = registry.read_text().partition(END_OF_REGISTRY)
        registry.write_text(before + entry + end + after)
        (root / self.module).write_text(module)

    @property
    def text(self) -> str:
        return (REPOSITORY / "docs" / self.name).read_text()


CHANNEL = Page("add-a-channel.md", f"{PACKAGE}/domain/channels.py", f"{PACKAGE}/channels/relay.py")
TYPE = Page("add-a-type.md", f"{PACKAGE}/domain/types.py", f"{PACKAGE}/producers/release.py")


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with both pages applied."""
    root = tmp_path_factory.mktemp("extended") / "owlpost"
    shutil.copytree(REPOSITORY, root, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for made in (".tools", ".venv"):
        (root / made).symlink_to(REPOSITORY / made)
    for page in (CHANNEL, TYPE):
        page.apply(root)
    # `make pages snapshots`
    run(root, "infra.environment_page")
    run(root, "infra.cost.page")
    (root / "clients/owlpost.schema.json").write_text(run(root, "infra.cli.main", "schema"))
    run(root, "tests.snapshots")
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for folder in SOURCE
        for path in (root / folder).rglob("*")
        if path.is_file() and not {"__pycache__", "node_modules", "screenshots"} & set(path.parts)
    }


def run(root: Path, *command: str) -> str:
    """Run a Python tool that sees the copy in place of the repository; its output, which is shown if it fails."""
    seen = os.pathsep.join((str(root), str(root / "layers/shared/python")))
    ran = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": seen, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize("page", [CHANNEL, TYPE], ids=lambda page: page.name)
def test_a_page_names_the_files_it_touches(page: Page) -> None:
    for file in (page.registry, page.module):
        folder, name = file.rsplit("/", 1)
        assert file in page.text or (f"{folder}/" in page.text and f"`{name}`" in page.text)


def test_nothing_but_the_files_that_the_pages_name_is_touched(extended: Path) -> None:
    before, after = files(REPOSITORY), files(extended)
    changed = {name for name, content in after.items() if before.get(name) != content}
    changed = {name for name in changed if not name.startswith(SNAPSHOTS)}
    assert changed == {CHANNEL.registry, CHANNEL.module, TYPE.registry, TYPE.module, *MADE}
    assert after.keys() >= before.keys()


@pytest.fixture(scope="module")
def said(extended: Path) -> str:
    """What one pytest says of the checks, and of what goes over all channels and types: one Postgres, one synthesis."""
    units = files_over_registries(extended, "tests/unit")
    # Of one synthesis; those that synthesize other stacks take long.
    stacks = [
        str(file)
        for file in sorted((extended / "tests/infra").glob("test_*.py"))
        if "takes_long" not in file.read_text()
    ]
    chosen = [*CHECKS, *EVERY_CHANNEL, *sorted({*units, *DOCS}), *stacks]
    return run(extended, "pytest", "-v", "-p", "no:cacheprovider", *chosen)


@pytest.mark.takes_long("a pytest of its own, with a laptop, a Postgres and the CDK of its own")
def test_the_new_type_and_the_new_channel_work_all_the_way(said: str) -> None:
    assert len(re.findall(r"^tests/(?:integration/extended|infra)/check_\w+\.py::\S+ PASSED", said, re.MULTILINE)) == 13


def test_what_holds_for_every_channel_and_type_holds_for_the_new_ones(said: str) -> None:
    assert "[deliver-relay] PASSED" in said
    for known_to in (
        *("unit/domain/test_types.py", "unit/infra/test_topology.py", "unit/infra/test_preview_snapshots.py"),
        *("unit/docs/test_sizes.py", "unit/test_clocks.py", "infra/test_functions.py", "infra/test_documents.py"),
    ):
        assert f"tests/{known_to}::" in said
    assert " skipped" not in said.splitlines()[-1]


@pytest.mark.takes_long("mypy reads everything anew")
def test_the_pages_code_passes_the_checks_that_ours_passes(extended: Path) -> None:
    run(extended, "ruff", "check", ".")
    run(extended, "ruff", "format", "--check", ".")
    run(extended, "importlinter.cli")
    run(extended, "mypy", "-p", "owlpost.channels", "-p", "owlpost.producers")
