"""The bundles of Lambda, built for this machine, and a bare interpreter that runs from them."""

import json
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.aws import bundles

PROCESS = Path(__file__).with_name("fresh_process.py")
LEAN = Path(__file__).with_name("lean_function.py")


class Failed(Exception):
    """The process ended without a result. The message is its last output."""


@dataclass(frozen=True, slots=True)
class Step:
    """Milliseconds of CPU and of wall time, and the peak of resident memory so far in KiB."""

    cpu: float
    clock: float
    peak: int


@dataclass(frozen=True, slots=True)
class Run:
    """`steps` are the import and then one step per event."""

    steps: list[Step]
    answer: Any
    modules: list[str]


@dataclass(frozen=True, slots=True)
class Layers:
    """`path` is in Lambda's order: the function's code, then the layers."""

    path: tuple[Path, ...]

    def run(self, entry: str, events: Sequence[object], *, environment: Mapping[str, str], seconds: float = 60) -> Run:
        """Run in a fresh interpreter that sees only the packages of the layers."""
        order = {"path": [*map(str, self.path)], "entry": entry, "events": events, "seconds": seconds}
        ran = self._python([str(PROCESS)], json.dumps(order), environment)
        if ran.returncode:
            raise Failed(f"{entry}: {ran.stderr[-3_000:]}")
        said = json.loads(ran.stdout)
        return Run([Step(**step) for step in said["steps"]], said["answer"], said["modules"])

    def import_times(self, modules: str) -> str:
        """Return the output of `-X importtime` for modules separated by commas."""
        path = [*map(str, self.path)]
        code = f"import sys; sys.path[:0] = {path!r}; import {modules}"
        return self._python(["-X", "importtime", "-c", code], "", {}).stderr

    @staticmethod
    def _python(
        arguments: Sequence[str], given: str, environment: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "-S", *arguments],
            input=given,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def built_layers() -> Iterator[Layers]:
    """Return the bundles with the lean function added."""
    with TemporaryDirectory(prefix="owlpost-layers-") as folder:
        task, shared, dependencies = (Path(folder, name) for name in ("task", "shared", "dependencies"))
        bundles.build_functions(task, bundles.THIS_MACHINE)
        bundles.build_shared(shared, bundles.THIS_MACHINE)
        bundles.build_dependencies(dependencies, bundles.THIS_MACHINE)
        lean = str(shutil.copy(LEAN, task))
        py_compile.compile(lean, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        yield Layers((task, shared / "python", dependencies / "python"))
