"""What holds data: the secrets, the network and the database. Protected against deletion, and changed seldom."""

from collections.abc import Iterable
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from infra.aws.alarm_topic import AlarmTopic
from infra.aws.alarms import Alarms
from infra.aws.configuration import Configuration
from infra.aws.database import Database, DatabaseLink, existing_database
from infra.aws.log_retention import acknowledge_log_retention, keep_logs_of_providers
from infra.aws.nat_alarms import nat_alarms
from infra.aws.network import Network, existing_vpc, function_subnets
from infra.aws.secret_vault import SecretVault
from infra.aws.surroundings import Placement
from infra.topology.model import Secret


class DataStack(Stack):
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002 (the CDK's name)
        *,
        configuration: Configuration,
        secrets: Iterable[Secret],
        **options: Any,
    ) -> None:
        super().__init__(scope, id, termination_protection=True, **options)
        self._log_retention_days = configuration.log_retention_days
        self.vault = SecretVault(self, "Secrets", secrets=secrets)
        own = configuration.vpc is None
        self.alarms = AlarmTopic(self, "AlarmTopic", configuration=configuration)
        network = Network(self, "Network", configuration=configuration) if own else None
        self._vpc = network.vpc if network else existing_vpc(self, str(configuration.vpc))
        self._subnets = function_subnets(own=own)
        self.database: DatabaseLink = (
            existing_database(self, configuration)
            or Database(self, "Database", vpc=self._vpc, configuration=configuration).link
        )
        acknowledge_log_retention(self)
        self._ipv6 = own or configuration.vpc_ipv6
        if network and network.nat:
            # Here and not in the app stack: its reference would keep CloudFormation from changing `egress`.
            specs = nat_alarms(configuration.egress, network.nat)
            Alarms(self, "Alarms", specs=specs, topic=self.alarms.topic, prefix=configuration.prefix)

    def placement(self) -> Placement:
        """Where functions run that connect to the database; they start with nobody but themselves let in."""
        group = ec2.SecurityGroup(
            self, "Functions", vpc=self._vpc, description="Owlpost functions", allow_all_ipv6_outbound=self._ipv6
        )
        if self.database.security_group:
            self.database.security_group.add_ingress_rule(group, ec2.Port.tcp(5432), "Owlpost functions")
        keep_logs_of_providers(self, self._log_retention_days)
        return Placement(vpc=self._vpc, subnets=self._subnets, security_group=group, ipv6=self._ipv6)
