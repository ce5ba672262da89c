"""What a producer gets who installs Owlpost: the client, what it needs, and nothing else."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.wheels import locked, pack_installed

REPOSITORY = Path(__file__).parents[2]
UV = REPOSITORY / ".tools" / "uv" / "bin" / "uv"
#: The two libraries that the client names, and what these bring.
BROUGHT = {
    "botocore": {"jmespath", "python-dateutil", "six", "urllib3"},
    "pydantic": {"annotated-types", "pydantic-core", "typing-extensions", "typing-inspection"},
}
#: Imports every producer, as its caller would, and says what is installed and what was loaded.
LOOK = """
import importlib, json, pkgutil, sys
from importlib.metadata import distributions, packages_distributions

import owlpost.client
import owlpost.producers

for module in pkgutil.iter_modules(owlpost.producers.__path__, "owlpost.producers."):
    importlib.import_module(module.name)
session = owlpost.aws.session()
session.set_config_variable("region", "eu-central-1")
owlpost.client.NotificationClient.over_sqs("https://sqs.example/1/owlpost-requests")
print(json.dumps({
    "distributions": sorted(each.name.lower().replace("_", "-") for each in distributions()),
    "packages": sorted(name for name, of in packages_distributions().items() if "owlpost" in of),
    "producers": sorted(name for name in sys.modules if name.startswith("owlpost.producers.")),
    "scripts": [point.name for each in distributions() if each.name == "owlpost" for point in each.entry_points],
}))
"""


def run(*command: object) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    (built,) = folder.glob("owlpost-*.whl")
    return built


@pytest.fixture(scope="module")
def producer(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that was empty before the wheel was installed into it.

    It finds what the functions need as well, and so could install it.
    """
    folder = tmp_path_factory.mktemp("producer")
    index = folder / "index"
    index.mkdir()
    for name in locked(REPOSITORY / "requirements" / "runtime.txt"):
        pack_installed(name, index)
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(UV, "pip", "install", "--quiet", "--python", python, "--no-index", "--find-links", index, wheel)
    return python


def test_a_producer_gets_the_client_and_what_it_needs_and_nothing_else(producer: Path) -> None:
    seen = json.loads(run(producer, "-I", "-c", LOOK))
    needed = {name for library, brings in BROUGHT.items() for name in (library, *brings)}
    assert set(seen["distributions"]) == {"owlpost", *needed}
    assert seen["packages"] == ["owlpost"]
    assert seen["scripts"] == []
    modules = (REPOSITORY / "layers" / "shared" / "python" / "owlpost" / "producers").glob("[!_]*.py")
    assert seen["producers"] == sorted(f"owlpost.producers.{module.stem}" for module in modules)


def test_the_wheel_holds_the_package_and_says_that_it_is_typed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"owlpost"}
    assert "owlpost/py.typed" in names
