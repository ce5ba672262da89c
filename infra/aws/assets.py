"""The code that functions run, put together on this machine without Docker."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra.aws import tls_authority

REPOSITORY = Path(__file__).parents[2]
LOCK = REPOSITORY / "requirements" / "runtime.txt"
UV = REPOSITORY / ".tools" / "uv" / "bin" / "uv"
#: The models of the AWS services that the functions call; botocore has 400 others, which are most of its 25 MB.
MODELS = frozenset({"sqs", "secretsmanager", "lambda", "sts"})
#: Left out everywhere: none of it is read while a function runs.
NEVER_READ = ("__pycache__", "*.pyi", "*.pyc", "examples-1.json", "bin")


@dataclass(frozen=True, slots=True)
class Platform:
    """What wheels and bytecode are for. `tls_authority`: whether RDS's certificate authority comes with them."""

    python: str = "3.13"
    wheels: str | None = "aarch64-manylinux2014"
    tls_authority: bool = True


#: What Lambda runs, and what runs the functions where the stack is tried out.
LAMBDA = Platform()
THIS_MACHINE = Platform(f"{sys.version_info.major}.{sys.version_info.minor}", wheels=None, tls_authority=False)


@jsii.implements(ILocalBundling)
class LocalBundling:
    """A function in place of a container. jsii calls it by position, whatever its stubs say."""

    def __init__(self, build: Callable[[Path], None]) -> None:
        self._build = build

    def try_bundle(self, output_dir: str, *_options: Any, **_more: Any) -> bool:
        self._build(Path(output_dir))
        return True


def functions_code() -> lambda_.AssetCode:
    return _asset(REPOSITORY / "functions", lambda out: _copy(REPOSITORY / "functions", out / "functions"))


def shared_code() -> lambda_.AssetCode:
    """The layer with `owlpost`."""
    source = REPOSITORY / "layers" / "shared"
    return _asset(source, lambda out: _copy(source, out))


def dependencies_code(platform: Platform) -> lambda_.AssetCode:
    """The layer with the locked third-party set; its hash says what goes in, as installers leave times and paths behind."""
    said = repr(sorted(asdict(platform).items())) + repr(sorted(MODELS)) + repr(NEVER_READ)
    return lambda_.Code.from_asset(
        str(LOCK.parent),
        asset_hash=hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes() + said.encode()).hexdigest(),
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=_bundling(lambda out: build_dependencies(out, platform)),
    )


def build_dependencies(out: Path, platform: Platform) -> None:
    """Install the locked set for the platform, leave out what no function reads, and compile what it does."""
    target = out / "python"
    wheels = ["--python-platform", platform.wheels] if platform.wheels else []
    _run(
        str(UV), "pip", "install", "--quiet", "--target", str(target), "--python-version", platform.python, *wheels,
        "--only-binary", ":all:", "--no-deps", "--require-hashes", "--no-installer-metadata", "--link-mode", "copy",
        "-r", str(LOCK),
    )  # fmt: skip
    _prune(target)
    _compile(target, platform.python)
    if platform.tls_authority:
        tls_authority.fetch(out / "rds.pem")


def _prune(target: Path) -> None:
    for pattern in NEVER_READ:
        for found in sorted(target.rglob(pattern)):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    for model in (target / "botocore" / "data").iterdir():
        if model.is_dir() and model.name not in MODELS:
            shutil.rmtree(model)
    shutil.rmtree(target / "boto3" / "data", ignore_errors=True)


def _compile(target: Path, python: str) -> None:
    """Bytecode that is trusted without a look at the source: /opt cannot be written, so it must come with the layer.

    It is a third of a cold start, and no more: where that Python is not on this machine, the layer goes without.
    """
    if (interpreter := shutil.which(f"python{python}")) is None or subprocess.run(  # noqa: S603 - a fixed command
        [interpreter, "-c", ""], check=False, capture_output=True
    ).returncode:
        sys.stderr.write(f"owlpost: no python{python} here, so the layer has no bytecode and cold starts take longer\n")
        return
    _run(
        interpreter, "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash",
        "-s", str(target.parent), "-p", "/opt", str(target),
    )  # fmt: skip


def _asset(source: Path, build: Callable[[Path], None]) -> lambda_.AssetCode:
    """By the hash of what comes out, so that only a change of code makes a new version."""
    return lambda_.Code.from_asset(str(source), asset_hash_type=AssetHashType.OUTPUT, bundling=_bundling(build))


def _bundling(build: Callable[[Path], None]) -> BundlingOptions:
    return BundlingOptions(image=DockerImage.from_registry("never-used"), local=LocalBundling(build))


def _copy(source: Path, destination: Path) -> None:
    shutil.copytree(source, destination, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - fixed commands
