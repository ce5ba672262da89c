"""The HTTP API: the topology's routes, throttled and logged, and no browser of another site let in."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from functions.api.main import build as build_api
from infra.aws.app import build
from infra.aws.configuration import KEY, Configuration
from infra.topology.plan import topology
from tests.infra.conftest import WITHOUT_ASSETS, Template


def test_routes_are_those_of_the_topology_and_the_rest_goes_to_the_api(app: Template) -> None:
    keys = {each["RouteKey"] for each in app.of_type("AWS::ApiGatewayV2::Route").values()}
    assert keys == {"$default", *(f"ANY {route.path}" for route in topology().routes)}


def test_the_api_is_throttled_and_logged_without_saying_who_asked(app: Template) -> None:
    (stage,) = app.of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
    logged = stage["AccessLogSettings"]["Format"]
    assert json.loads(logged)["requestId"] == "$context.requestId"  # as the functions' own lines have it
    assert ("$context.httpMethod" in logged, "$context.routeKey" in logged) == (True, True)
    assert "$context.path" not in logged  # that of an invitation holds its token
    assert not re.search(r"identity|sourceIp|userAgent|authorizer|query", logged, re.IGNORECASE)


def test_each_path_of_the_api_is_told_apart_in_the_access_log() -> None:
    """Its nouns have routes: else every line would say $default."""
    nouns = {path.split("/")[2] for path in api_paths() if path.startswith("/v1/")}
    routed = {route.path.split("/")[2] for route in topology().routes if route.path.startswith("/v1/")}
    assert nouns - routed <= {"docs", "health", "openapi.json", "preferences", "webhooks"}


def api_paths() -> set[str]:
    return {path for path, _ in documented()}


def documented() -> set[tuple[str, str]]:
    schema = build_api().get_openapi_schema()
    return {(path, method) for path, item in (schema.paths or {}).items() for method in item.model_fields_set}


def test_webhooks_assets_and_sign_in_do_not_share_the_throttle_of_everybody(app: Template) -> None:
    (stage,) = app.of_type("AWS::ApiGatewayV2::Stage").values()
    own = {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
    assert stage["RouteSettings"] == {
        "ANY /v1/webhooks/resend": own,
        "ANY /assets/{proxy+}": own,
        "ANY /v1/auth/{proxy+}": {"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 40},
    }
    assert stage["RouteSettings"].keys() <= {
        each["RouteKey"] for each in app.of_type("AWS::ApiGatewayV2::Route").values()
    }


def test_no_other_site_may_call_the_api_from_a_browser(app: Template) -> None:
    (api,) = app.of_type("AWS::ApiGatewayV2::Api").values()
    assert "CorsConfiguration" not in api  # the dashboard is of the same origin
    assert not [name for name, each in functions_of(app).items() if "EMBED_ORIGINS" in each]


def test_pages_of_listed_origins_are_the_functions_to_answer(tmp_path: Path) -> None:
    """The gateway's own CORS would put its words in place of theirs, for assets and for requests without a token as well."""
    chosen = {"embed_origins": ["https://app.example.com", "https://Other.example:443/"], "lines": True}
    build(outdir=str(tmp_path), context={**WITHOUT_ASSETS, KEY: {**chosen, "web_url": "https://mail.example"}}).synth()
    app = Template.read(tmp_path / "owlpost-app.template.json")
    assert not [each for each in app.of_type("AWS::ApiGatewayV2::Api").values() if "CorsConfiguration" in each]
    told = {name: each["EMBED_ORIGINS"] for name, each in functions_of(app).items() if "EMBED_ORIGINS" in each}
    listed = "https://app.example.com,https://other.example"
    assert told == dict.fromkeys(("owlpost-api", "owlpost-dashboard", "owlpost-line"), listed)


@pytest.mark.parametrize(
    "origin", ["*", "https://*.example.com", "http://app.example.com", "https://app.example.com/x"]
)
def test_what_is_no_single_origin_is_refused_before_anything_is_deployed(origin: str) -> None:
    with pytest.raises(ValidationError, match="embed_origins"):
        Configuration.from_context({"embed_origins": [origin]})
    with pytest.raises(ValidationError, match="set `embed_origins`"):
        Configuration.from_context({"environment": {"EMBED_ORIGINS": origin}})


def functions_of(app: Template) -> dict[str, dict[str, Any]]:
    """The variables of each function."""
    made = app.by("AWS::Lambda::Function", "FunctionName")
    return {name: each.get("Environment", {}).get("Variables", {}) for name, each in made.items()}
