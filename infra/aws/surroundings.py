"""What all functions share: the topology, queues, secrets, the database and the network they run in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

from infra.aws.bundles import LAMBDA, Platform
from infra.aws.database import DatabaseLink
from infra.aws.queues import Queues
from infra.aws.secret_vault import SecretVault
from infra.topology.model import Topology


@dataclass(frozen=True, slots=True)
class Placement:
    """Where functions run: outside any VPC, or in these subnets."""

    vpc: ec2.IVpc | None = None
    subnets: ec2.SubnetSelection | None = None
    security_group: ec2.ISecurityGroup | None = None
    #: Whether the subnets have IPv6. Lambda refuses a function that asks for it where they have not.
    ipv6: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all functions share. `settings` are plain variables, of which a function gets those that its place lists."""

    topology: Topology
    queues: Queues
    vault: SecretVault
    database: DatabaseLink
    settings: Mapping[str, str]
    log_retention: logs.RetentionDays
    placement: Placement = Placement()
    platform: Platform = LAMBDA
    #: How many sandboxes a function has to itself at most, by its name.
    reserved_concurrency: Mapping[str, int] = field(default_factory=dict)
    #: Whether functions that people wait for start from a snapshot.
    snap_start: bool = False
    #: What the function that holds lines may call, as ARNs.
    connections: Sequence[str] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
