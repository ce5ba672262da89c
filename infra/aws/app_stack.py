"""Everything but data: it can be removed and deployed again. Composes, and decides nothing by itself."""

from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.aws.alarm_specs import ClusterLimits, alarm_specs, cluster_limits
from infra.aws.alarm_topic import AlarmTopic
from infra.aws.alarms import Alarms
from infra.aws.bundles import LAMBDA, Platform
from infra.aws.cloudwatch_dashboard import CloudWatchDashboard
from infra.aws.concurrency import reserved_concurrency
from infra.aws.configuration import Configuration
from infra.aws.database import DatabaseLink
from infra.aws.domain import Domain
from infra.aws.functions import Functions
from infra.aws.http_api import HttpApi
from infra.aws.line_api import LineApi
from infra.aws.log_retention import RETENTIONS, keep_logs_of_providers
from infra.aws.migration import Migration
from infra.aws.migrations_fingerprint import fingerprint
from infra.aws.queue_alarms import FAILED_SCHEDULES
from infra.aws.queues import Queues
from infra.aws.schedules import Schedules
from infra.aws.secret_vault import SecretVault
from infra.aws.surroundings import Placement, Surroundings
from infra.topology.model import Topology
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.types import configurable_types

MIGRATE = "migrate"


class AppStack(Stack):
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        topology: Topology,
        configuration: Configuration,
        database: DatabaseLink,
        vault: SecretVault | None = None,
        placement: Placement | None = None,
        topic: sns.ITopic | None = None,
        platform: Platform = LAMBDA,
        **options: Any,
    ) -> None:
        super().__init__(scope, id, **options)
        self._topology, self._configuration = topology, configuration
        self.queues = Queues(self, "Queues", queues=topology.queues, prefix=topology.prefix)
        self.http = HttpApi(self, "Http", configuration=configuration)
        plan = topology.lines
        self.lines = LineApi(self, "Lines", plan=plan, configuration=configuration) if plan else None
        self.functions = Functions(
            self,
            "Functions",
            surroundings=Surroundings(
                topology=topology,
                queues=self.queues,
                vault=vault or SecretVault(self, "Secrets", secrets=topology.secrets),
                database=database,
                settings={
                    **configuration.variables,
                    "WEB_URL": self._url,
                    **(self.lines.settings if self.lines else {}),
                },
                connections=self.lines.commands if self.lines else (),
                log_retention=self._retention,
                placement=placement or Placement(),
                reserved_concurrency=reserved_concurrency(topology, configuration),
                platform=platform,
                snap_start=configuration.snap_start,
            ),
        )
        self._connect()
        self._observe(database, topic or AlarmTopic(self, "AlarmTopic", configuration=configuration).topic)
        CfnOutput(self, "Url", value=self._url)
        CfnOutput(self, "ApiEndpoint", value=self.http.url)
        keep_logs_of_providers(self, configuration.log_retention_days)

    @property
    def _url(self) -> str:
        """Where people reach the dashboard."""
        return self._configuration.address or self.http.url

    @property
    def _retention(self) -> logs.RetentionDays:
        return RETENTIONS[self._configuration.log_retention_days]

    def _connect(self) -> None:
        topology, functions = self._topology, self.functions.by_name
        wanted = self._configuration
        self.http.route({route.path: route.function for route in topology.routes}, self.functions.entered)
        self.stage = self.http.stage(
            rate=wanted.api_rate, burst=wanted.api_burst, log_retention=self._retention, domain=self._domain()
        )
        if self.lines and topology.lines:
            self.lines.route(self.functions.entered[topology.lines.function])
            self.lines.stage(rate=wanted.api_rate, burst=wanted.api_burst, log_retention=self._retention)
        Schedules(
            self,
            "Schedules",
            topology=topology,
            functions=functions,
            failures=self.queues.failures_of(FAILED_SCHEDULES),
        )
        migrate = functions[MIGRATE]
        migrate.add_environment("MIGRATIONS", fingerprint())
        others = [function for name, function in functions.items() if name != MIGRATE and self._uses_database(name)]
        Migration(self, "Migration", function=migrate, before=others, timeout=topology.function(MIGRATE).timeout)

    def _domain(self) -> Domain | None:
        wanted = self._configuration
        if wanted.domain is None:
            return None
        domain = Domain(self, "Domain", domain=wanted.domain, configuration=wanted)
        CfnOutput(self, "DomainTarget", value=domain.target)
        return domain

    def _uses_database(self, name: str) -> bool:
        return self._topology.function(name).database

    def _observe(self, database: DatabaseLink, topic: sns.ITopic) -> None:
        topology = self._topology
        api_id, cluster = self.http.api.api_id, self._cluster_limits(database)
        specs = alarm_specs(topology, api_id=api_id, cluster=cluster)
        Alarms(self, "Alarms", topic=topic, specs=specs, prefix=topology.prefix)
        CloudWatchDashboard(
            self,
            "CloudWatchDashboard",
            channels=[source.queue for source in topology.event_sources if source.queue != REQUESTS],
            functions=[function.name for function in topology.functions],
            api_id=api_id,
            prefix=topology.prefix,
            types=[kind.key for kind in configurable_types()] if self._configuration.metrics_by_type else (),
        )

    def _cluster_limits(self, database: DatabaseLink) -> ClusterLimits | None:
        return cluster_limits(database.cluster_id, self._configuration) if database.cluster_id else None
