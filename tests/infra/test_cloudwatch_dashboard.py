"""The dashboard: by channel always, by type only where the installation pays for it."""

import json
from typing import Any

import pytest

from infra.aws.app import build
from infra.aws.configuration import KEY
from owlpost.domain.channels import queued_channels
from owlpost.domain.types import configurable_types
from tests.infra.conftest import WITHOUT_ASSETS, Template


@pytest.fixture(scope="module")
def by_type(tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("cdk") / "out"
    build(outdir=str(folder), context={**WITHOUT_ASSETS, KEY: {"metrics_by_type": True}}).synth()
    return Template.read(folder / "owlpost-app.template.json")


def graphed(template: Template) -> str:
    """The dashboard's JSON, with references in place of what is known at deployment."""
    (dashboard,) = template.of_type("AWS::CloudWatch::Dashboard").values()
    _, parts = dashboard["DashboardBody"]["Fn::Join"]
    return "".join(part if isinstance(part, str) else "0" for part in parts)


def metrics(template: Template) -> list[list[Any]]:
    return [
        [each for each in metric if isinstance(each, str)]
        for widget in json.loads(graphed(template))["widgets"]
        for metric in widget["properties"].get("metrics", [])
    ]


def test_each_channel_is_graphed_and_no_type_by_itself(app: Template) -> None:
    seen = metrics(app)
    for channel in queued_channels():
        for name in ("Sent", "OutcomeUnknown", "RetriedAfterServerError"):
            assert ["Owlpost", name, "channel", channel.key, "service", "owlpost"] in seen
    assert not any("type" in metric for metric in seen)


def test_types_are_graphed_for_each_channel_where_they_are_counted(by_type: Template) -> None:
    seen = metrics(by_type)
    for channel in queued_channels():
        for kind in configurable_types():
            for name in ("Sent", "Failed", "TimeToDeliver"):
                assert ["Owlpost", name, "channel", channel.key, "service", "owlpost", "type", kind.key] in seen


def test_functions_are_told_whether_to_count_by_type(app: Template, by_type: Template) -> None:
    def told(template: Template) -> set[str]:
        functions = template.by("AWS::Lambda::Function", "FunctionName")
        return {name for name, each in functions.items() if "METRICS_BY_TYPE" in each["Environment"]["Variables"]}

    assert told(app) == set()
    assert {"owlpost-enqueue", "owlpost-deliver-email"} <= told(by_type)
