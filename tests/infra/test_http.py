"""The HTTP API: the topology's routes, throttled and logged, and no browser of another site let in."""

from infra.topology.plan import topology
from tests.infra.conftest import Template


def test_routes_are_those_of_the_topology_and_the_rest_goes_to_the_api(app: Template) -> None:
    keys = {each["RouteKey"] for each in app.of_type("AWS::ApiGatewayV2::Route").values()}
    assert keys == {"$default", *(f"ANY {route.path}" for route in topology().routes)}


def test_the_api_is_throttled_and_logged_without_saying_who_asked(app: Template) -> None:
    (stage,) = app.of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
    logged = stage["AccessLogSettings"]["Format"]
    assert "$context.requestId" in logged
    assert "sourceIp" not in logged
    assert "path" not in logged.lower()  # a link that unsubscribes carries its token in the query


def test_webhooks_and_assets_do_not_share_the_throttle_of_everybody(app: Template) -> None:
    (stage,) = app.of_type("AWS::ApiGatewayV2::Stage").values()
    apart = {"ANY /v1/webhooks/resend", "ANY /assets/{proxy+}"}
    own = {"ThrottlingRateLimit": 100, "ThrottlingBurstLimit": 200}
    assert stage["RouteSettings"] == dict.fromkeys(apart, own)
    assert apart <= {each["RouteKey"] for each in app.of_type("AWS::ApiGatewayV2::Route").values()}


def test_no_other_site_may_call_the_api_from_a_browser(app: Template) -> None:
    (api,) = app.of_type("AWS::ApiGatewayV2::Api").values()
    assert "CorsConfiguration" not in api  # the dashboard is of the same origin
