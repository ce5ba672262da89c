"""API Gateway's WebSocket API, where pages hold lines: throttled, logged, and of what pages send it answers pings alone."""

import json

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration, WebSocketMockIntegration
from constructs import Construct

from infra.aws.configuration import Configuration
from infra.aws.nag import acknowledge
from infra.topology.model import LineApi as Plan

#: Nothing of who connects, and no address: the ticket is in it, until it is used a moment later.
LOGGED = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "event": "$context.eventType",
    "route": "$context.routeKey",
    "status": "$context.status",
    "error": "$context.integrationErrorMessage",
}
#: What is posted to connections, and what closes one.
COMMANDS = ("POST", "DELETE")


class LineApi(Construct):
    """Made before the functions, which are told its addresses; `route` joins the one that holds lines to it."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan, configuration: Configuration) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self._plan, self._prefix = plan, configuration.prefix
        self.api = apigateway.WebSocketApi(
            self,
            "Api",
            api_name=f"{configuration.prefix}-lines",
            route_selection_expression=plan.selection,
            # The function that posts may be where there is no way out by IPv4.
            ip_address_type=apigateway.IpAddressType.DUAL_STACK,
        )

    @property
    def settings(self) -> dict[str, str]:
        """Return where a page connects, and where a function posts to connections."""
        stack = Stack.of(self)
        where = f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}/{self._plan.stage}"
        return {"LINE_URL": f"wss://{where}", "LINE_ENDPOINT": f"https://{where}"}

    @property
    def commands(self) -> list[str]:
        """Return the ARNs of what may be done with connections of this API and stage."""
        stack = Stack.of(self)
        resources = (f"{self._plan.stage}/{method}/@connections/*" for method in COMMANDS)
        return [
            stack.format_arn(service="execute-api", resource=self.api.api_id, resource_name=name) for name in resources
        ]

    def route(self, function: lambda_.IFunction) -> None:
        """Have the function hear who comes and goes; a ping is answered by the gateway itself."""
        for key in ("$connect", "$disconnect"):
            self._acknowledge(self.api.add_route(key, integration=WebSocketLambdaIntegration(key[1:], function)))
        for key, text in self._plan.answers.items():
            answer = WebSocketMockIntegration(
                key, request_templates={"200": '{"statusCode":200}'}, template_selection_expression="200"
            )
            route = self.api.add_route(key, integration=answer, return_response=True)
            self._acknowledge(route)
            made = next(each for each in route.node.find_all() if isinstance(each, apigateway.CfnIntegration))
            apigateway.CfnIntegrationResponse(
                self,
                f"Answer {key}",
                api_id=self.api.api_id,
                integration_id=made.ref,
                integration_response_key="$default",
                response_templates={"200": text},
                template_selection_expression="200",
            )

    def stage(self, *, rate: int, burst: int, log_retention: logs.RetentionDays) -> None:
        log_group = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{self._prefix}-lines",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stage = apigateway.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=self._plan.stage,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=rate, burst_limit=burst),
        )
        raw: apigateway.CfnStage = stage.node.default_child  # type: ignore[assignment]  # what a WebSocketStage is made of
        raw.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group.log_group_arn, format=json.dumps(LOGGED)
        )

    @staticmethod
    def _acknowledge(route: Construct) -> None:
        reason = "A ticket that a signed-in person has fetched lets a connection in; the function looks at it."
        acknowledge(route, reason, "AwsSolutions-APIG4")
