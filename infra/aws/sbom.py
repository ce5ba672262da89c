"""`python -m infra.aws.sbom FOLDER`: what is in the two layers, as CycloneDX, to lie beside a release.

The dependency layer is told from its lock, as installed for Lambda's platform; the shared layer by its files and their hashes.
"""

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.aws.bundles import LAMBDA, LOCK, REPOSITORY, SHARED, sources

#: What a marker in the lock may ask for.
RUNTIME = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{LAMBDA.python}.0",
    "python_version": LAMBDA.python,
    "sys_platform": "linux",
    "extra": "",
}


def dependencies() -> Bom:
    """What the dependency layer holds: every package of the lock that its platform installs."""
    return _bom("owlpost-dependencies", [_package(requirement) for requirement in locked()])


def shared() -> Bom:
    """What the layer with `owlpost` holds, file by file."""
    return _bom("owlpost-shared", [_file(file) for file in sources(SHARED)])


def locked() -> Iterator[Requirement]:
    """Yield what the lock installs in Lambda; each is pinned."""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            requirement = Requirement(line.removesuffix("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate(RUNTIME):
                yield requirement


def write(folder: Path) -> list[Path]:
    """Write both into the folder; return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, bom in (("dependencies", dependencies()), ("shared", shared())):
        file = folder / f"{name}.cdx.json"
        outputter = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
        file.write_text(outputter.output_as_string(indent=2) + "\n", encoding="utf-8")
        written.append(file)
    return written


def _bom(name: str, components: list[Component]) -> Bom:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bom = Bom(components=components)
    bom.metadata.component = Component(
        name=name, version=project["version"], type=ComponentType.APPLICATION, bom_ref=name
    )
    bom.register_dependency(bom.metadata.component, components)
    return bom


def _package(requirement: Requirement) -> Component:
    (pin,) = requirement.specifier
    url = PackageURL("pypi", name=canonicalize_name(requirement.name), version=pin.version)
    return Component(name=requirement.name, version=pin.version, purl=url, bom_ref=url.to_string())


def _file(file: Path) -> Component:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    name = file.relative_to(SHARED).as_posix()
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest)]
    return Component(name=name, type=ComponentType.FILE, hashes=hashes, bom_ref=name)


if __name__ == "__main__":
    for made in write(Path(sys.argv[1])):
        sys.stdout.write(f"{made}\n")
