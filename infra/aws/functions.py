"""The topology's functions: code, layers, roles and logs, each role with what its function uses and no more."""

import json

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.aws.assets import dependencies_code, functions_code, shared_code
from infra.aws.function_database import database_environment, database_secrets
from infra.aws.function_role import FunctionRole
from infra.aws.nag import acknowledge, acknowledge_warning
from infra.aws.queue_alarms import FAILED_EVENTS
from infra.aws.surroundings import Surroundings
from infra.environment import function_environment
from infra.topology.model import EventSource, Function

#: Where people and producers wait for a cold start.
SNAPPED = ("api", "enqueue")
#: Set by Lambda itself and refused in a template.
RESERVED = "AWS_LAMBDA_"


class Functions(Construct):
    """`by_name` holds them by the topology's names."""

    def __init__(self, scope: Construct, id: str, *, surroundings: Surroundings) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self._around = surroundings
        self._code = functions_code(surroundings.platform)
        self._layers = [self._layer("Shared", shared_code(surroundings.platform)), self._dependencies()]
        self.failed_events = surroundings.queues.failures_of(FAILED_EVENTS)
        self.by_name = {function.name: self._add(function) for function in surroundings.topology.functions}
        #: What requests and messages are handed to: a function, or the alias of its version that starts from a snapshot.
        self.entered: dict[str, lambda_.IFunction] = {
            each.name: self._entered(each) for each in surroundings.topology.functions
        }
        for source in surroundings.topology.event_sources:
            self._read(source)

    def _dependencies(self) -> lambda_.LayerVersion:
        return self._layer("Dependencies", dependencies_code(self._around.platform))

    def _layer(self, name: str, code: lambda_.Code) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name,
            code=code,
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _add(self, function: Function) -> lambda_.Function:
        around, place = self._around, self._around.placement
        name = around.topology.physical_name(function.name)
        inside = function.database and place.vpc is not None
        log_group = logs.LogGroup(
            self,
            f"{name}-logs",
            log_group_name=f"/aws/lambda/{name}",
            retention=around.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = FunctionRole(self, f"{name}-role", function=function, around=around, log_group=log_group, inside=inside)
        made = lambda_.Function(
            self,
            name,
            function_name=name,
            description=f"Owlpost: {function.entry.removesuffix('.handler')}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=self._code,
            layers=self._layers,
            handler=function.entry,
            memory_size=function.memory_mb,
            timeout=Duration.seconds(function.timeout),
            reserved_concurrent_executions=around.reserved_concurrency.get(function.name),
            environment=self._environment(function),
            role=role.role,
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
            on_failure=destinations.SqsDestination(self.failed_events),
            retry_attempts=2,
            max_event_age=Duration.seconds(function.max_event_age) if function.max_event_age else None,
            # Lambda stops a chain after 16 runs. Ours end sooner: chunks are one step deep, and a worn-out message is replaced
            # at most ten times (MOST_TURNS), so whatever is stopped is a defect. See docs/local.md.
            recursive_loop=lambda_.RecursiveLoop.TERMINATE,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if self._is_snapped(function) else None,
            vpc=place.vpc if inside else None,
            vpc_subnets=place.subnets if inside else None,
            security_groups=[place.security_group] if inside and place.security_group else None,
            ipv6_allowed_for_dual_stack=inside and place.ipv6,
        )
        _acknowledge_choices(made)
        return made

    def _is_snapped(self, function: Function) -> bool:
        return self._around.snap_start and function.name in SNAPPED

    def _entered(self, function: Function) -> lambda_.IFunction:
        made = self.by_name[function.name]
        if not self._is_snapped(function):
            return made
        reason = "Its version is published by the alias that requests and messages are handed to."
        acknowledge_warning(made, reason, "@aws-cdk/aws-lambda:snapStartRequirePublish")
        return made.add_alias("live")

    def _environment(self, function: Function) -> dict[str, str]:
        around, inside = self._around, function.database and self._around.placement.vpc is not None
        names = {*function.sends, *function.receives}
        secrets = [around.vault.by_name[each.name].secret_arn for each in around.topology.secrets_of(function)]
        if function.database:
            secrets += database_secrets(function, around.database)
        wanted = function_environment(
            function,
            shared={
                **(
                    database_environment(function, around.database, zones=around.topology.zones)
                    if function.database
                    else {}
                ),
                **({"SECRET_NAMES": ",".join(secrets)} if secrets else {}),
                **self._told_of(function),
                # AWS by IPv6: without it SQS and Secrets Manager are asked through the NAT, or not at all where there is none.
                **({"AWS_USE_DUALSTACK_ENDPOINT": "true"} if inside else {}),
                **around.extra,
            },
            queue_urls={name: url for name, url in around.queues.urls.items() if name in names},
            settings=around.settings,
            prefix=around.topology.prefix,
        )
        return {name: value for name, value in wanted.items() if not name.startswith(RESERVED)}

    def _told_of(self, function: Function) -> dict[str, str]:
        """Return the names of secrets with their variables, for a function that may see whether they are filled in."""
        around = self._around
        told = {
            around.vault.by_name[each.name].secret_arn: each.variables
            for each in around.topology.secrets_told_to(function)
        }
        return {"CREDENTIALS_IN_SECRETS": json.dumps(told)} if told else {}

    def _read(self, source: EventSource) -> None:
        function = self.by_name[source.function]
        self.entered[source.function].add_event_source(
            event_sources.SqsEventSource(
                self._around.queues.by_name[source.queue],
                batch_size=source.batch_size,
                max_batching_window=Duration.seconds(source.window) if source.window else None,
                max_concurrency=source.max_concurrency,
                report_batch_item_failures=True,
            )
        )
        acknowledge(
            function,
            "A queue that Lambda reads has a dead-letter queue for what fails; a destination is for streams.",
            "Serverless-LambdaEventSourceMappingDestination",
        )


def _acknowledge_choices(function: lambda_.Function) -> None:
    acknowledge(
        function,
        "Python 3.13 until every locked wheel has run on a newer one; AWS maintains it until June 2029.",
        "AwsSolutions-L1",
        "Serverless-LambdaLatestVersion",
    )
    acknowledge(
        function,
        "Events that fail go to an on-failure destination, which is told the error too; a dead-letter queue is not.",
        "Serverless-LambdaDLQ",
    )
