"""One synthesis for all tests of the stacks: starting Node costs seconds, a look at the template nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.aws.configuration import KEY
from infra.aws.node import use_wheels_node

use_wheels_node()
from infra.aws.app import build  # noqa: E402 (aws_cdk starts Node as it is imported)

#: Layers are not built: their content does not show in a template.
WITHOUT_ASSETS: dict[str, list[str]] = {"aws:cdk:bundling-stacks": []}


@dataclass(frozen=True)
class Template:
    """A synthesized template; `file` is where it lies, for tools that read files."""

    file: Path
    resources: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, file: Path) -> "Template":
        document = json.loads(file.read_text(encoding="utf-8"))
        return cls(file, document["Resources"], document.get("Outputs", {}))

    def of_type(self, kind: str) -> dict[str, Any]:
        """Properties by logical id."""
        return {key: each.get("Properties", {}) for key, each in self.resources.items() if each["Type"] == kind}

    def by(self, kind: str, name: str) -> dict[str, Any]:
        """Properties by the name that a property gives them; those without one are left out."""
        return {each[name]: each for each in self.of_type(kind).values() if name in each}


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Raises where cdk-nag finds anything that is not acknowledged with a reason."""
    folder = tmp_path_factory.mktemp("cdk") / "out"
    build(outdir=str(folder), context=WITHOUT_ASSETS).synth()
    return folder


@pytest.fixture(scope="session")
def app_with_canary(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The app of an installation that has chosen a canary over each channel."""
    folder = tmp_path_factory.mktemp("cdk") / "canary"
    variables = {"CANARY_EMAIL": "canary@owl.example", "CANARY_PUSH_TOKEN": "ca" * 32}
    build(outdir=str(folder), context={**WITHOUT_ASSETS, KEY: {"environment": variables}}).synth()
    return Template.read(folder / "owlpost-app.template.json")


@pytest.fixture(scope="session")
def app(assembly: Path) -> Template:
    return Template.read(assembly / "owlpost-app.template.json")


@pytest.fixture(scope="session")
def data(assembly: Path) -> Template:
    return Template.read(assembly / "owlpost-data.template.json")


@pytest.fixture(scope="session")
def functions(app: Template) -> dict[str, Any]:
    """Our functions' properties by their physical names."""
    return app.by("AWS::Lambda::Function", "FunctionName")
