"""The HTTP API with the topology's routes: throttled and logged. Which other origins may ask is the functions' to say."""

import json
from collections.abc import Mapping

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.aws.configuration import Configuration
from infra.aws.domain import Domain
from infra.aws.nag import acknowledge

DEFAULT = "api"
#: These have a throttle of their own, as a share of everybody's: the provider's webhooks and a page's files must not wait for
#: other requests, nor use up the share of people; and who floods sign-in must not keep others from their inbox.
APART = {"/v1/webhooks/resend": 1.0, "/assets/{proxy+}": 1.0, "/v1/auth/{proxy+}": 0.2}
#: What one line of the access log says: enough to find the function's own lines, and nothing of who asked. The path is that of
#: the route: that of the request may hold an invitation's token. API Gateway cannot hash a source, so none is logged here: the
#: functions `api` and `provider_events` log a keyed hash of it, under the same request id.
LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "path": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class HttpApi(Construct):
    """Made before the functions, which may be told its address; `route` joins them to it."""

    def __init__(self, scope: Construct, id: str, *, configuration: Configuration) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=configuration.prefix,
            create_default_stage=False,
            # Without its own CORS: that would put its words in place of the functions', which know who sent a token.
        )
        self._domain = configuration.domain
        if self._domain:
            # The other address would pass by whatever is in front of the domain. The CDK then refuses to say it as well.
            raw: apigateway.CfnApi = self.api.node.default_child  # type: ignore[assignment]  # what an HttpApi is made of
            raw.disable_execute_api_endpoint = True
        self._prefix = configuration.prefix
        self._apart: dict[str, tuple[apigateway.HttpRoute, float]] = {}

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"https://{self._domain}" if self._domain else self.api.api_endpoint

    def route(self, paths: dict[str, str], functions: Mapping[str, lambda_.IFunction]) -> None:
        """`paths` name the function of each; all that has no route goes to the API's function."""
        wanted = {name: HttpLambdaIntegration(name, functions[name]) for name in {DEFAULT, *paths.values()}}
        keys = {
            path: (apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod.ANY), name) for path, name in paths.items()
        }
        keys["default"] = (apigateway.HttpRouteKey.DEFAULT, DEFAULT)
        for path, (key, name) in keys.items():
            route = apigateway.HttpRoute(
                self, f"Route {path.replace('/', '|')}", http_api=self.api, route_key=key, integration=wanted[name]
            )
            acknowledge(
                route,
                "Who is calling is decided in the function: some paths are for everybody, and a session is a row.",
                "AwsSolutions-APIG4",
            )
            if path in APART:
                self._apart[key.key] = (route, APART[path])

    def stage(
        self, *, rate: int, burst: int, log_retention: logs.RetentionDays, domain: Domain | None = None
    ) -> apigateway.HttpStage:
        log_group = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{self._prefix}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=rate, burst_limit=burst),
            domain_mapping=apigateway.DomainMappingOptions(domain_name=domain.name) if domain else None,
        )
        raw: apigateway.CfnStage = stage.node.default_child  # type: ignore[assignment]  # what an HttpStage is made of
        raw.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=json.dumps(LOGGED)
        )
        raw.route_settings = {
            key: {"ThrottlingRateLimit": round(rate * share), "ThrottlingBurstLimit": round(burst * share)}
            for key, (_, share) in self._apart.items()
        }
        for route, _ in self._apart.values():
            raw.node.add_dependency(route)  # CloudFormation refuses settings for a route that is not there yet
        return stage
