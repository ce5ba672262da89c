"""What is uploaded: the functions' code and the shared layer, with bytecode that needs no look at its source."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.aws import bundles
from infra.aws.bundles import THIS_MACHINE, Platform

#: PEP 552: bytecode by the hash of its source, not to be checked.
UNCHECKED = 1
both = pytest.mark.parametrize("build", [bundles.build_functions, bundles.build_shared])


def files(folder: Path) -> dict[Path, bytes]:
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@both
def test_each_module_has_bytecode_that_is_trusted_as_it_is(
    build: Callable[[Path, Platform], None], tmp_path: Path
) -> None:
    build(tmp_path, THIS_MACHINE)
    modules, compiled = {*tmp_path.rglob("*.py")}, {*tmp_path.rglob("*.pyc")}
    assert modules
    assert {file.parents[1] / f"{file.name.partition('.')[0]}.py" for file in compiled} == modules
    assert {int.from_bytes(file.read_bytes()[4:8], "little") for file in compiled} == {UNCHECKED}


@both
def test_what_is_built_twice_is_the_same(build: Callable[[Path, Platform], None], tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build(first, THIS_MACHINE)
    build(second, THIS_MACHINE)
    assert files(first) == files(second)


def test_a_bundle_is_known_by_what_goes_into_it_and_whom_it_is_for() -> None:
    another = Platform(python="3.99")
    fingerprints = [
        fingerprint(platform)
        for fingerprint in (bundles.fingerprint_functions, bundles.fingerprint_shared, bundles.fingerprint_dependencies)
        for platform in (THIS_MACHINE, another)
    ]
    assert len({*fingerprints}) == len(fingerprints)


def test_without_that_python_a_bundle_goes_without_bytecode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundles.build_functions(tmp_path, Platform(python="3.99"))
    assert list(tmp_path.rglob("*.py"))
    assert not list(tmp_path.rglob("*.pyc"))
    assert "no python3.99 here" in capsys.readouterr().err


def install_by(tool: Path, script: str) -> None:
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o700)
    bundles.install(str(tool))


def test_a_first_try_whose_certificates_will_not_do_is_not_shown_if_the_second_works(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    install_by(tmp_path / "uv", 'test -n "$UV_SYSTEM_CERTS" || { echo invalid peer certificate >&2; exit 2; }')
    assert capfd.readouterr() == ("", "")


def test_both_tries_are_shown_if_neither_works(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        install_by(tmp_path / "uv", 'echo "tried with ${UV_SYSTEM_CERTS:-none}" >&2; exit 2')
    assert capfd.readouterr().err == "tried with 1\ntried with none\n"
