"""The lists of what is in the layers: valid, complete, and beside each release."""

import json
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from infra.aws import sbom
from infra.aws.bundles import LOCK, SHARED

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    files = sbom.write(tmp_path_factory.mktemp("sbom"))
    return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in files}


def test_both_are_valid_cyclonedx(written: dict[str, Any]) -> None:
    assert set(written) == {"dependencies.cdx.json", "shared.cdx.json"}
    for bom in written.values():
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bom)) is None


def test_every_package_that_lambda_installs_is_named_with_its_version(written: dict[str, Any]) -> None:
    named = {component["purl"] for component in written["dependencies.cdx.json"]["components"]}
    pins = [line.partition(" ")[0] for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line]
    assert named == {f"pkg:pypi/{pin.replace('==', '@')}" for pin in pins}
    assert len(named) > 20


def test_every_file_of_our_own_layer_is_named_with_its_hash(written: dict[str, Any]) -> None:
    named = {component["name"] for component in written["shared.cdx.json"]["components"]}
    assert named >= {file.relative_to(SHARED).as_posix() for file in SHARED.rglob("*.py")}
    assert all(component["hashes"][0]["alg"] == "SHA-256" for component in written["shared.cdx.json"]["components"])


def test_they_lie_beside_each_release() -> None:
    deploy = (REPOSITORY / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    assert "make sbom" in deploy
    assert "gh release create" in deploy
    assert "dist/*.cdx.json" in deploy
