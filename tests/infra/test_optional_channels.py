"""An optional channel that an installation names is deployed as any other, and no function more gets its secrets."""

from pathlib import Path

import pytest

from infra.aws.app import build
from infra.aws.configuration import KEY
from tests.infra.conftest import WITHOUT_ASSETS, Template


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    folder = tmp_path_factory.mktemp("cdk") / "out"
    build(outdir=str(folder), context={**WITHOUT_ASSETS, KEY: {"environment": {"CHANNELS": "webhook"}}}).synth()
    return {name: Template.read(folder / f"owlpost-{name}.template.json") for name in ("app", "data")}


def test_without_being_named_there_is_nothing_of_it(app: Template, data: Template) -> None:
    assert "webhook" not in {name.lower() for name in app.by("AWS::SQS::Queue", "QueueName")}
    for template in (app, data):
        text = Path(template.file).read_text(encoding="utf-8")
        assert "deliver-webhook" not in text
        assert "DESTINATION_KEYS" not in text


def test_it_has_queue_worker_and_alarms_as_the_others_have(on: dict[str, Template]) -> None:
    app = on["app"]
    queues, functions = app.by("AWS::SQS::Queue", "QueueName"), app.by("AWS::Lambda::Function", "FunctionName")
    assert {"owlpost-webhook", "owlpost-webhook-dlq"} <= queues.keys()
    worker = functions["owlpost-deliver-webhook"]
    assert worker["Timeout"] == 60
    assert queues["owlpost-webhook"]["VisibilityTimeout"] >= 6 * worker["Timeout"]
    alarms = [each["AlarmName"] for each in app.of_type("AWS::CloudWatch::Alarm").values() if "AlarmName" in each]
    of = {kind: {name.replace(kind, "X") for name in alarms if kind in name} for kind in ("webhook", "email")}
    assert len(of["webhook"]) > 3
    assert of["webhook"] <= of["email"]


def test_every_function_knows_that_it_is_on(on: dict[str, Template]) -> None:
    functions = on["app"].by("AWS::Lambda::Function", "FunctionName")
    ours = [each for name, each in functions.items() if name.startswith("owlpost-") and "Environment" in each]
    assert len(ours) > 10
    assert {each["Environment"]["Variables"].get("CHANNELS") for each in ours} == {"webhook"}


def test_what_seals_addresses_is_made_at_deployment_and_read_by_two_functions(on: dict[str, Template]) -> None:
    secrets = on["data"].of_type("AWS::SecretsManager::Secret")
    [key] = [name for name, each in secrets.items() if "DESTINATION_KEYS" in str(each)]
    assert "GenerateSecretString" in str(secrets[key])
    readers = {
        name
        for name, each in on["app"].by("AWS::Lambda::Function", "FunctionName").items()
        if "destinations" in str(each["Environment"]["Variables"].get("SECRET_NAMES", "")).lower()
    }
    assert readers == {"owlpost-api", "owlpost-deliver-webhook"}
