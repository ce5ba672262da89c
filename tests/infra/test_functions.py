"""Functions as the topology wants them, each with what it needs and nothing else."""

import json
from typing import Any

import pytest

from infra.aws.app_stack import MIGRATE
from infra.aws.concurrency import reserved_concurrency
from infra.aws.configuration import Configuration
from infra.aws.migration import fingerprint
from infra.aws.secret_vault import description
from infra.environment import COMMON
from infra.topology.model import Function, physical_name
from infra.topology.plan import topology
from owlpost.domain.function_names import name_variable
from owlpost.domain.queue_names import url_variable
from tests.infra.conftest import Template
from tests.support.templates.policies import actions, resources, statements

TOPOLOGY = topology()
RESERVED = reserved_concurrency(TOPOLOGY, Configuration())
every_function = pytest.mark.parametrize("function", TOPOLOGY.functions, ids=lambda function: function.name)
DATABASE = {
    "DATABASE_HOST",
    "DATABASE_PORT",
    "DATABASE_NAME",
    "DATABASE_USER",
    "DATABASE_TLS_AUTHORITY",
}


@every_function
def test_a_function_is_as_the_topology_says(functions: dict[str, Any], function: Function) -> None:
    made = functions[physical_name(function.name)]
    assert (made["Handler"], made["MemorySize"], made["Timeout"]) == (
        function.entry,
        function.memory_mb,
        function.timeout,
    )
    assert made.get("ReservedConcurrentExecutions") == RESERVED.get(function.name)
    assert (made["Architectures"], made["Runtime"]) == (["arm64"], "python3.13")
    assert made["TracingConfig"] == {"Mode": "Active"}
    assert made["RecursiveLoop"] == "Terminate"
    assert len(made["Layers"]) == 2


def test_there_is_no_function_that_the_topology_does_not_have(functions: dict[str, Any]) -> None:
    assert set(functions) == {physical_name(function.name) for function in TOPOLOGY.functions}


def needed(function: Function) -> set[str]:
    """The variables that a function reads, worked out from the topology alone; nothing more may be set."""
    names = {*COMMON, *function.environment, *(url_variable(name) for name in {*function.sends, *function.receives})}
    names |= {name_variable(name) for name in function.starts}
    if function.database:
        names |= DATABASE | {"AWS_USE_DUALSTACK_ENDPOINT"}  # inside the VPC AWS is reached by IPv6
        names |= {"DATABASE_AUTH"} | ({"DATABASE_ROLES", "MIGRATIONS"} if function.name == MIGRATE else set())
    if TOPOLOGY.secrets_of(function):
        names.add("SECRET_NAMES")
    if function.told_of:
        names |= {"CREDENTIALS_GIVEN", "CREDENTIALS_IN_SECRETS"}
    return names | {name for name in ("WEB_URL",) if name.startswith(function.settings or ("-",))}


@every_function
def test_a_function_has_the_variables_that_it_needs_and_no_others(
    functions: dict[str, Any], function: Function
) -> None:
    assert set(functions[physical_name(function.name)]["Environment"]["Variables"]) == needed(function)


@every_function
def test_a_function_may_call_its_own_queues_alone(app: Template, functions: dict[str, Any], function: Function) -> None:
    reads = {source.queue for source in TOPOLOGY.event_sources if source.function == function.name}
    allowed = {physical_name(name) for name in {*function.sends, *function.receives, *reads}} | {
        "owlpost-failed-events"
    }
    seen = {
        app.resources[resource["Fn::GetAtt"][0]]["Properties"]["QueueName"]
        for statement in statements(app, functions[physical_name(function.name)])
        if any(action.startswith("sqs:") for action in actions(statement))
        for resource in resources(statement)
    }
    assert seen == allowed


@every_function
def test_a_function_may_start_the_functions_that_the_topology_names_and_no_others(
    app: Template, functions: dict[str, Any], function: Function
) -> None:
    started = [
        resource["Fn::Join"][1][-1].rpartition(":")[2]
        for statement in statements(app, functions[physical_name(function.name)])
        if "lambda:InvokeFunction" in actions(statement)
        for resource in resources(statement)
    ]
    assert started == [physical_name(name) for name in function.starts]


@every_function
def test_a_function_may_read_its_own_secrets_alone(
    app: Template, data: Template, functions: dict[str, Any], function: Function
) -> None:
    made = functions[physical_name(function.name)]
    readable = secrets_allowed(app, data, made, "secretsmanager:GetSecretValue")
    assert readable == sorted(description(secret) for secret in TOPOLOGY.secrets_of(function))


def test_operate_may_look_at_the_providers_secrets_and_read_none(
    app: Template, data: Template, functions: dict[str, Any]
) -> None:
    made = functions[physical_name("operate")]
    providers = [secret for secret in TOPOLOGY.secrets if secret.name in {"resend", "apns", "fcm"}]
    assert secrets_allowed(app, data, made, "secretsmanager:GetSecretValue") == []
    assert secrets_allowed(app, data, made, "secretsmanager:DescribeSecret") == sorted(map(description, providers))
    told = json.dumps(made["Environment"]["Variables"]["CREDENTIALS_IN_SECRETS"])
    assert all(variable in told for secret in providers for variable in secret.variables)


def secrets_allowed(app: Template, data: Template, function: dict[str, Any], action: str) -> list[str]:
    """Return the descriptions of the secrets to which the function may do this, sorted."""
    exported = {each["Export"]["Name"]: each["Value"].get("Ref") for each in data.outputs.values() if "Export" in each}
    allowed = [
        exported[resource["Fn::ImportValue"]]
        for statement in statements(app, function)
        if action in actions(statement)
        for resource in resources(statement)
    ]
    return sorted(data.resources[name]["Properties"]["Description"] for name in allowed)


@every_function
def test_a_function_connects_as_the_role_of_its_zone_and_only_the_migration_as_the_owner(
    app: Template, functions: dict[str, Any], function: Function
) -> None:
    made = functions[physical_name(function.name)]
    granted = [each for each in statements(app, made) if "rds-db:connect" in actions(each)]
    assert bool(granted) == function.database
    if granted:
        user = "owlpost_owner" if function.name == MIGRATE else f"owlpost_{function.zone}"
        ((resource,),) = map(resources, granted)
        assert resource["Fn::Join"][1][-1].rpartition("/")[2] == user
        assert made["Environment"]["Variables"]["DATABASE_USER"] == user
    assert ("VpcConfig" in functions[physical_name(function.name)]) == function.database


def test_no_role_has_a_managed_policy_or_an_action_with_a_star(app: Template, functions: dict[str, Any]) -> None:
    for name, made in functions.items():
        assert "ManagedPolicyArns" not in app.resources[made["Role"]["Fn::GetAtt"][0]]["Properties"], name
        assert not [action for each in statements(app, made) for action in actions(each) if "*" in action], name


def test_no_secret_is_in_a_template(app: Template, data: Template) -> None:
    for template in (app, data):
        for name, secret in template.by("AWS::SecretsManager::Secret", "Description").items():
            assert "SecretString" not in secret, name


def test_logs_are_kept_for_a_time(app: Template) -> None:
    assert {each["RetentionInDays"] for each in app.of_type("AWS::Logs::LogGroup").values()} == {30}


def test_migrations_run_before_any_function_that_uses_the_database_and_anew_when_they_change(
    app: Template, functions: dict[str, Any]
) -> None:
    (trigger,) = (key for key, each in app.resources.items() if each["Type"] == "Custom::Trigger")
    waiting = {
        each["Properties"]["FunctionName"]
        for each in app.resources.values()
        if each["Type"] == "AWS::Lambda::Function" and trigger in each.get("DependsOn", [])
    }
    users = {physical_name(each.name) for each in TOPOLOGY.functions if each.database and each.name != MIGRATE}
    assert waiting == users
    assert functions["owlpost-migrate"]["Environment"]["Variables"]["MIGRATIONS"] == fingerprint()
