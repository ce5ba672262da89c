"""The code that functions run, put together on this machine without Docker: their own, the shared layer, the dependencies."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from infra.aws import tls_authority

REPOSITORY = Path(__file__).parents[2]
FUNCTIONS = REPOSITORY / "functions"
SHARED = REPOSITORY / "layers" / "shared"
LOCK = REPOSITORY / "requirements" / "runtime.txt"
UV = REPOSITORY / ".tools" / "uv" / "bin" / "uv"
#: The models of the AWS services that the functions call; botocore has 400 others, which are most of its 25 MB.
MODELS = frozenset({"sqs", "secretsmanager", "lambda", "sts", "sesv2", "apigatewaymanagementapi"})
#: Left out everywhere: none of it is read while a function runs.
NEVER_READ = ("__pycache__", "*.pyi", "*.pyc", "examples-1.json", "bin")
#: Where Lambda has the function's code, and the layers.
TASK, LAYER = "/var/task", "/opt"


@dataclass(frozen=True, slots=True)
class Platform:
    """What wheels and bytecode are for. `tls_authority`: whether RDS's certificate authority comes with them."""

    python: str = "3.13"
    wheels: str | None = "aarch64-manylinux2014"
    tls_authority: bool = True


#: What Lambda runs, and what runs the functions where the stack is tried out.
LAMBDA = Platform()
THIS_MACHINE = Platform(f"{sys.version_info.major}.{sys.version_info.minor}", wheels=None, tls_authority=False)


def fingerprint_functions(platform: Platform) -> str:
    return _fingerprint(platform, *sources(FUNCTIONS))


def fingerprint_shared(platform: Platform) -> str:
    return _fingerprint(platform, *sources(SHARED))


def fingerprint_dependencies(platform: Platform) -> str:
    return _fingerprint(platform, LOCK)


def build_functions(out: Path, platform: Platform) -> None:
    _copy(FUNCTIONS, out / "functions")
    _compile(out, platform, TASK)


def build_shared(out: Path, platform: Platform) -> None:
    """The layer with `owlpost`."""
    _copy(SHARED, out)
    _compile(out, platform, LAYER)


def build_dependencies(out: Path, platform: Platform) -> None:
    """Install the locked set for the platform, leave out what no function reads, and compile what it does."""
    target = out / "python"
    wheels = ["--python-platform", platform.wheels] if platform.wheels else []
    install(
        str(UV),
        "pip",
        "install",
        "--quiet",
        "--target",
        str(target),
        "--python-version",
        platform.python,
        *wheels,
        "--only-binary",
        ":all:",
        "--no-deps",
        "--require-hashes",
        "--no-installer-metadata",
        "--link-mode",
        "copy",
        "-r",
        str(LOCK),
    )
    _prune(target)
    _compile(out, platform, LAYER)
    if platform.tls_authority:
        tls_authority.fetch(out / "rds.pem")


def _fingerprint(platform: Platform, *sources: Path) -> str:
    """Of what goes in, as neither installers nor compilers leave the same bytes behind each time."""
    said = [sorted(asdict(platform).items()), sorted(MODELS), NEVER_READ, interpreter(platform.python) is not None]
    digest = hashlib.sha256(repr(said).encode())
    for source in (Path(__file__), *sources):
        digest.update(f"\0{source.relative_to(REPOSITORY).as_posix()}\0".encode() + source.read_bytes())
    return digest.hexdigest()


def sources(folder: Path) -> list[Path]:
    """Return the files of the folder that are shipped, in order."""
    left_out = shutil.ignore_patterns(*NEVER_READ)
    files = (file for file in folder.rglob("*") if file.is_file())
    return sorted(file for file in files if not left_out("", [*file.relative_to(folder).parts]))


def _copy(source: Path, destination: Path) -> None:
    shutil.copytree(source, destination, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*NEVER_READ))


def _prune(target: Path) -> None:
    for pattern in NEVER_READ:
        for found in sorted(target.rglob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    for model in (target / "botocore" / "data").iterdir():
        if model.is_dir() and model.name not in MODELS:
            shutil.rmtree(model)


def _compile(folder: Path, platform: Platform, place: str) -> None:
    """Bytecode that is trusted without a look at the source: what Lambda mounts cannot be written, so it must come along.

    Without it a cold start takes about three times as long, and no more: where that Python is not here, it goes without.
    """
    if (python := interpreter(platform.python)) is None:
        sys.stderr.write(f"owlpost: no python{platform.python} here, so {place} has no bytecode: slow cold starts\n")
        return
    _run(
        python,
        "-m",
        "compileall",
        "-q",
        "-j",
        "1",
        "--invalidation-mode",
        "unchecked-hash",
        "-s",
        str(folder),
        "-p",
        place,
        str(folder),
        environment={"PYTHONHASHSEED": "0"},
    )


@cache
def interpreter(python: str) -> str | None:
    """Return where that Python is on this machine: PYTHON_LAMBDA, this very one, or one on the PATH; None if there is none.

    A name that is there may still lead to none.
    """
    named = os.environ.get("PYTHON_LAMBDA") if python == LAMBDA.python else None
    found = named or (sys.executable if THIS_MACHINE.python == python else shutil.which(f"python{python}"))
    if found is None or subprocess.run([found, "-c", ""], check=False, capture_output=True).returncode:  # noqa: S603 (a fixed command)
        return None
    return found


def install(*command: str) -> None:
    """Install. If that fails, try again with the machine's own certificates, for a proxy with an authority of its own.

    What the first try says is shown only if the second one fails as well.
    """
    first = subprocess.run(command, check=False, stderr=subprocess.PIPE)  # noqa: S603 (a fixed command)
    if first.returncode == 0:
        return
    try:
        _run(*command, environment={"UV_SYSTEM_CERTS": "1"})
    except subprocess.CalledProcessError:
        sys.stderr.write(first.stderr.decode(errors="replace"))
        raise


def _run(*command: str, environment: Mapping[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env={**os.environ, **(environment or {})})  # noqa: S603 (fixed commands)
