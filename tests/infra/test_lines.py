"""Lines in the stack: only where they are chosen, with rights on the connections of one stage, and pings that run nothing."""

import json
from typing import Any

import pytest

from infra.aws.app import build
from infra.aws.configuration import KEY
from infra.topology.lines import PING, PONG
from tests.infra.conftest import WITHOUT_ASSETS, Template
from tests.support.templates.policies import actions, statements


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Raises where cdk-nag finds anything that is not acknowledged with a reason."""
    folder = tmp_path_factory.mktemp("cdk") / "lines"
    build(outdir=str(folder), context={**WITHOUT_ASSETS, KEY: {"lines": True}}).synth()
    return Template.read(folder / "owlpost-app.template.json")


@pytest.fixture(scope="module")
def made(chosen: Template) -> dict[str, Any]:
    return chosen.by("AWS::Lambda::Function", "FunctionName")


def api_of(template: Template) -> str:
    (found,) = (
        key for key, each in template.of_type("AWS::ApiGatewayV2::Api").items() if each["ProtocolType"] == "WEBSOCKET"
    )
    return found


def test_without_the_setting_there_is_nothing_of_it(app: Template, functions: dict[str, Any]) -> None:
    assert [each["ProtocolType"] for each in app.of_type("AWS::ApiGatewayV2::Api").values()] == ["HTTP"]
    assert "owlpost-line" not in functions
    assert not any(name.startswith("LINE_") for each in functions.values() for name in variables(each))


def variables(function: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = function.get("Environment", {}).get("Variables", {})
    return found


def test_connections_go_to_the_function_and_pings_to_nobody(chosen: Template) -> None:
    api = api_of(chosen)
    routes = {
        each["RouteKey"]: each
        for each in chosen.of_type("AWS::ApiGatewayV2::Route").values()
        if each["ApiId"] == {"Ref": api}
    }
    assert set(routes) == {"$connect", "$disconnect", PING}  # and no $default: all else is refused by the gateway
    integrations = chosen.of_type("AWS::ApiGatewayV2::Integration")
    kinds = {key: integrations[each["Target"]["Fn::Join"][1][1]["Ref"]] for key, each in routes.items()}
    assert {key: each["IntegrationType"] for key, each in kinds.items()} == {
        "$connect": "AWS_PROXY",
        "$disconnect": "AWS_PROXY",
        PING: "MOCK",
    }
    assert routes[PING]["RouteResponseSelectionExpression"] == "$default"
    (answer,) = chosen.of_type("AWS::ApiGatewayV2::IntegrationResponse").values()
    assert list(answer["ResponseTemplates"].values()) == [PONG]
    assert chosen.of_type("AWS::ApiGatewayV2::Api")[api]["RouteSelectionExpression"] == "$request.body.action"


def test_the_stage_is_throttled_and_its_log_holds_no_ticket(chosen: Template) -> None:
    (stage,) = (
        each for each in chosen.of_type("AWS::ApiGatewayV2::Stage").values() if each["ApiId"] == {"Ref": api_of(chosen)}
    )
    assert stage["StageName"] == "lines"
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert not any("query" in value.lower() or "identity" in value for value in logged.values())


def test_one_function_alone_manages_connections_and_those_of_the_one_stage(
    chosen: Template, made: dict[str, Any]
) -> None:
    api = api_of(chosen)
    for name, function in made.items():
        found = [each for each in statements(chosen, function) if "execute-api:ManageConnections" in actions(each)]
        resources = [each for one in found for each in _listed(one["Resource"])]
        said = [json.dumps(each) for each in resources]
        assert len(said) == (2 if name == "owlpost-line" else 0)
        for method in ("POST", "DELETE") if said else ():
            (one,) = (each for each in said if method in each)
            assert api in one
            assert f"/lines/{method}/@connections/*" in one


def _listed(resource: Any) -> list[Any]:
    return resource if isinstance(resource, list) else [resource]


def test_whoever_changes_an_inbox_may_start_the_function_and_pages_know_the_address(made: dict[str, Any]) -> None:
    started = {name for name, each in made.items() if "FUNCTION_LINE" in variables(each)}
    assert started == {"owlpost-enqueue", "owlpost-digest", "owlpost-api", "owlpost-operate"}
    told = {name for name, each in made.items() if "LINE_URL" in variables(each)}
    assert told == {"owlpost-api", "owlpost-dashboard", "owlpost-line"}
    assert {name for name, each in made.items() if "LINE_ENDPOINT" in variables(each)} == {"owlpost-line"}
    assert "wss://" in json.dumps(variables(made["owlpost-dashboard"])["LINE_URL"])


def test_a_nudge_that_is_late_is_dropped_and_rings_nobody(chosen: Template) -> None:
    (invoked,) = (
        each
        for each in chosen.of_type("AWS::Lambda::EventInvokeConfig").values()
        if each.get("MaximumEventAgeInSeconds") == 60
    )
    assert "line" in json.dumps(invoked["FunctionName"])
    alarm = chosen.by("AWS::CloudWatch::Alarm", "AlarmName")["owlpost events dropped: functions"]
    assert "owlpost-line" not in json.dumps(alarm)
