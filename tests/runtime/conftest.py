"""The bundles for Lambda's Python, with this machine's wheels, and that Python itself."""

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from infra.aws import bundles


@dataclass(frozen=True, slots=True)
class Runtime:
    """`path` is in Lambda's order: the functions, the shared layer, the dependencies. All are under `folder`."""

    python: str
    folder: Path

    @property
    def path(self) -> tuple[Path, ...]:
        return self.folder / "task", self.folder / "shared" / "python", self.folder / "dependencies" / "python"

    def run(self, code: str) -> str:
        """Return what the code prints in a bare interpreter that sees only the bundles. Raises CalledProcessError."""
        seen = f"import sys; sys.path[:0] = {[*map(str, self.path)]!r}; {code}"
        command = [self.python, "-I", "-S", "-c", seen]
        return subprocess.run(command, check=True, capture_output=True, text=True, env={}).stdout


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    version = bundles.LAMBDA.python
    python = bundles.interpreter(version)
    if python is None:
        pytest.skip(f"no python{version} on the PATH; name one: PYTHON_LAMBDA=/path/to/python{version}")
    folder = tmp_path_factory.mktemp("bundles")
    platform = replace(bundles.LAMBDA, wheels=None, tls_authority=False)
    bundles.build_functions(folder / "task", platform)
    bundles.build_shared(folder / "shared", platform)
    bundles.build_dependencies(folder / "dependencies", platform)
    return Runtime(python, folder)
