"""Aurora Postgres, serverless: paused while nobody is told anything."""

from dataclasses import dataclass

from aws_cdk import Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.aws.configuration import Configuration
from infra.aws.log_retention import RETENTIONS
from infra.aws.nag import acknowledge
from infra.aws.network import database_subnets

NAME, OWNER, ROLE = "owlpost", "owlpost_owner", "owlpost"
#: By the major that is wanted; minor versions come by themselves. 18 is that of the laptop.
ENGINES = {
    17: rds.AuroraPostgresEngineVersion.VER_17_7,
    18: rds.AuroraPostgresEngineVersion.VER_18_3,
}
PARAMETERS = {
    "rds.force_ssl": "1",
    "log_min_duration_statement": "1000",
    # Bound values are people's addresses, tokens and texts: the log names the statement and leaves them out. The failed
    # ones are left out as well, and 0 is Postgres' default there; a default can be changed in an account.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    # Nor may a failed statement's own text or an error's detail (`Key (email)=(…) already exists`) say who it was.
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True, slots=True)
class DatabaseLink:
    """What the functions need to know of a database, wherever it is.

    Migrations connect as `owner`. All else connects as `user`, or, where there is a role for each zone of trust, as the role of
    its zone, whose name begins with `user`.
    """

    host: str
    port: str
    name: str
    user: str
    owner: str
    auth: str
    tls: bool
    app_secret: secretsmanager.ISecret | None = None
    owner_secret: secretsmanager.ISecret | None = None
    resource_id: str | None = None
    security_group: ec2.ISecurityGroup | None = None
    cluster_id: str | None = None
    role_by_zone: bool = True

    def role_of(self, zone: str) -> str:
        return f"{self.user}_{zone}" if self.role_by_zone else self.user


class Database(Construct):
    """The cluster and what the functions need to know of it. Everybody signs in by IAM, its owner as well.

    On Postgres 16 and later who makes a role is a member of it, so an owner that makes roles which IAM lets in would itself be
    held to IAM, and a password of its own be refused.
    """

    def __init__(self, scope: Construct, id: str, *, vpc: ec2.IVpc, configuration: Configuration) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self._configuration = configuration
        group = ec2.SecurityGroup(
            self, "SecurityGroup", vpc=vpc, description="Owlpost database", allow_all_outbound=False
        )
        cluster = self._cluster(vpc, group)
        self.link = DatabaseLink(
            host=cluster.cluster_endpoint.hostname,
            port="5432",
            name=NAME,
            user=ROLE,
            owner=OWNER,
            auth="iam",
            tls=True,
            resource_id=cluster.cluster_resource_identifier,
            security_group=group,
            cluster_id=cluster.cluster_identifier,
        )
        acknowledge(
            cluster,
            "A port that is not the usual one hides nothing from who is inside the VPC, and tools expect the usual one.",
            "AwsSolutions-RDS11",
        )

    def _cluster(self, vpc: ec2.IVpc, group: ec2.SecurityGroup) -> rds.DatabaseCluster:
        wanted = self._configuration
        reader = rds.ClusterInstance.serverless_v2("standby", scale_with_writer=True)
        cluster = rds.DatabaseCluster(
            self,
            "Cluster",
            engine=rds.DatabaseClusterEngine.aurora_postgres(version=ENGINES[wanted.postgres_major]),
            credentials=rds.Credentials.from_password(OWNER, SecretValue.unsafe_plain_text("taken away below")),
            default_database_name=NAME,
            vpc=vpc,
            vpc_subnets=database_subnets(own=wanted.vpc is None),
            security_groups=[group],
            writer=rds.ClusterInstance.serverless_v2("writer", ca_certificate=rds.CaCertificate.RDS_CA_RSA2048_G1),
            readers=[reader] if wanted.standby else [],
            serverless_v2_min_capacity=wanted.min_capacity,
            serverless_v2_max_capacity=wanted.max_capacity,
            serverless_v2_auto_pause_duration=(
                None if wanted.min_capacity else Duration.minutes(wanted.pause_after_minutes)
            ),
            parameters=PARAMETERS,
            storage_encrypted=True,
            iam_authentication=True,
            deletion_protection=True,
            removal_policy=RemovalPolicy.SNAPSHOT,
            backup=rds.BackupProps(retention=Duration.days(wanted.backup_days)),
            copy_tags_to_snapshot=True,
            cloudwatch_logs_exports=["postgresql"],
            cloudwatch_logs_retention=RETENTIONS[wanted.log_retention_days],
        )
        _have_owner_sign_in_by_iam(cluster)
        return cluster


def _have_owner_sign_in_by_iam(cluster: rds.DatabaseCluster) -> None:
    """The CDK knows no way without a password, so the one that it was given is taken away again."""
    raw: rds.CfnDBCluster = cluster.node.default_child  # type: ignore[assignment]  # what a DatabaseCluster is made of
    raw.master_user_authentication_type = "iam-db-auth"
    raw.master_user_password = None


def existing_database(scope: Stack, configuration: Configuration) -> DatabaseLink | None:
    """The database that the configuration names, None where it names none."""
    there = configuration.database
    if there is None:
        return None

    def secret(name: str | None) -> secretsmanager.ISecret | None:
        return secretsmanager.Secret.from_secret_name_v2(scope, f"Secret {name}", name) if name else None

    app_secret = secret(there.secret)
    return DatabaseLink(
        host=there.host,
        port=str(there.port),
        name=there.name,
        user=there.user,
        owner=there.owner or there.user,
        auth=there.auth,
        tls=there.tls,
        app_secret=app_secret,
        owner_secret=app_secret if there.owner_secret in {None, there.secret} else secret(there.owner_secret),
        resource_id=there.resource_id,
        role_by_zone=there.auth == "iam",
        security_group=(
            ec2.SecurityGroup.from_security_group_id(scope, "DatabaseGroup", there.security_group)
            if there.security_group
            else None
        ),
    )
