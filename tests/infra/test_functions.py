"""Functions as the topology wants them, each with what it needs and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config

from infra.aws.app_stack import MIGRATE
from infra.aws.concurrency import reserved_concurrency
from infra.aws.configuration import Configuration
from infra.aws.migrations_fingerprint import fingerprint
from infra.aws.secret_vault import description
from infra.environment import COMMON
from infra.topology.model import Function, physical_name
from infra.topology.plan import topology
from owlpost.domain.channels import queued_channels
from owlpost.domain.function_names import name_variable
from owlpost.domain.queue_names import url_variable
from tests.infra.conftest import Template
from tests.support.templates.policies import actions, resources, statements

TOPOLOGY = topology()
REPOSITORY = Path(__file__).parents[2]
LAYER, FUNCTIONS = REPOSITORY / "layers" / "shared" / "python" / "owlpost", REPOSITORY / "functions"
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


#: What it takes to send to a queue, and to read one oneself, as IAM names it.
SENDING = {"sqs:SendMessage"}
READING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"}
#: What the CDK adds where Lambda reads the queue, or sends a failed event there.
ADDED = {"sqs:GetQueueUrl"}


@every_function
def test_a_function_may_do_with_each_queue_what_it_is_for_and_nothing_else(
    app: Template, functions: dict[str, Any], function: Function
) -> None:
    wanted: dict[str, set[str]] = {"owlpost-failed-events": SENDING | ADDED | {"sqs:GetQueueAttributes"}}
    read = {source.queue for source in TOPOLOGY.event_sources if source.function == function.name}
    for names, rights in ((function.sends, SENDING), (function.receives, READING), (read, READING | ADDED)):
        for name in names:
            wanted[physical_name(name)] = wanted.get(physical_name(name), set()) | rights
    may: dict[str, set[str]] = {}
    for statement in statements(app, functions[physical_name(function.name)]):
        for resource in resources(statement):
            queue = app.resources.get(str(resource.get("Fn::GetAtt", [""])[0])) if isinstance(resource, dict) else None
            if queue and queue["Type"] == "AWS::SQS::Queue":
                may.setdefault(queue["Properties"]["QueueName"], set()).update(actions(statement))
    assert may == wanted


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
    names = {credential.provider for channel in queued_channels() for credential in channel.credentials}
    providers = [secret for secret in TOPOLOGY.secrets if secret.name in names]
    assert {"resend", "apns", "fcm"} <= names
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


def test_every_log_is_kept_for_a_time_that_of_the_cdks_functions_and_of_the_database_too(
    app: Template, data: Template
) -> None:
    """A function without a log group of ours gets one at its first call, which is kept for ever."""
    for template in (app, data):
        groups = template.of_type("AWS::Logs::LogGroup")
        assert {each["RetentionInDays"] for each in groups.values()} == {30}
        for id_, function in template.of_type("AWS::Lambda::Function").items():
            assert function.get("LoggingConfig", {}).get("LogGroup", {}).get("Ref") in groups, id_
    ((of_rds, retention),) = data.of_type("Custom::LogRetention").items()
    assert retention["RetentionInDays"] == 30, of_rds
    (cluster,) = data.of_type("AWS::RDS::DBCluster")
    exported = data.of_type("AWS::RDS::DBCluster")[cluster]["EnableCloudwatchLogsExports"]
    name = retention["LogGroupName"]["Fn::Join"][1]
    assert name == ["/aws/rds/cluster/", {"Ref": cluster}, f"/{exported[0]}"]
    assert len(exported) == 1


@every_function
def test_a_functions_code_has_no_use_of_its_right_to_network_interfaces(
    app: Template, functions: dict[str, Any], function: Function
) -> None:
    """Lambda itself makes them with the function's role; each right is denied again to calls that come from the code."""
    written = statements(app, functions[physical_name(function.name)])
    allowed = {
        action for each in written if each["Effect"] == "Allow" for action in actions(each) if action.startswith("ec2:")
    }
    denied = [each for each in written if each["Effect"] == "Deny"]
    assert bool(allowed) == function.database
    assert {action for each in denied for action in actions(each)} == allowed
    for each in denied:
        source = each["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]["Fn::Join"][1][-1]
        assert source.rpartition(":")[2] == physical_name(function.name)


#: What code of ours calls, as its methods are named in boto3, and the action that IAM asks for.
CALLS = {
    "send_message": "sqs:SendMessage",
    "send_message_batch": "sqs:SendMessage",
    "receive_message": "sqs:ReceiveMessage",
    "delete_message_batch": "sqs:DeleteMessage",
    "change_message_visibility_batch": "sqs:ChangeMessageVisibility",
    "get_queue_attributes": "sqs:GetQueueAttributes",
    "get_secret_value": "secretsmanager:GetSecretValue",
    "describe_secret": "secretsmanager:DescribeSecret",
    "invoke": "lambda:InvokeFunction",
}
#: The same of SES, which only an installation that mails by it needs.
SES_CALLS = {
    "send_email": "ses:SendEmail",
    "get_account": "ses:GetAccount",
    "get_email_identity": "ses:GetEmailIdentity",
}
#: And of API Gateway, which only an installation with lines needs.
LINE_CALLS = {
    "post_to_connection": "execute-api:ManageConnections",
    "delete_connection": "execute-api:ManageConnections",
}
#: Methods of clients that are not AWS': those of HTTP, and of producers, which bring rights of their own.
OTHER_CLIENTS = {"ask", "get", "post", "put", "stream", "request", "exchange", "close", "notify", "send_message"}
#: What Lambda needs to place a function in a VPC: AWS' managed policy AWSLambdaVPCAccessExecutionRole, but for the logs.
INTERFACES = {
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}
#: What Lambda does with a function's role, or the session does by signing: there is no call in our code.
NOT_CALLED = {*INTERFACES, "rds-db:connect", "logs:CreateLogStream", "logs:PutLogEvents"}
#: What the CDK lets a function do with the queue of its failed events; Lambda itself sends there.
NOT_CALLED |= {"sqs:GetQueueUrl"}
NOT_CALLED |= {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


def test_each_right_is_used_by_code_and_each_call_has_its_right(app: Template, functions: dict[str, Any]) -> None:
    """As a whole; which function has which is held by the tests of queues, secrets and users above."""
    granted = {
        action
        for made in functions.values()
        for each in statements(app, made)
        if each["Effect"] == "Allow"
        for action in actions(each)
    }
    operations = re.compile(r"client\.([a-z_]+)\(")
    called = {
        name
        for root in (LAYER, FUNCTIONS)
        for file in root.rglob("*.py")
        for name in operations.findall(file.read_text(encoding="utf-8"))
    }
    assert called - CALLS.keys() - SES_CALLS.keys() - LINE_CALLS.keys() - OTHER_CLIENTS == set(), (
        "name its action, or say whose client it is"
    )
    assert {CALLS[name] for name in called & CALLS.keys()} == granted - NOT_CALLED
    assert granted >= NOT_CALLED


@pytest.mark.parametrize(
    ("service", "host"),
    [("sqs", "sqs"), ("secretsmanager", "secretsmanager"), ("lambda", "lambda"), ("sesv2", "email")],
)
def test_the_pinned_botocore_knows_the_dual_stack_host_of_each_service_that_functions_call(
    service: str, host: str
) -> None:
    """From the VPC AWS is reached by IPv6: a service without such a host would need the NAT, or be out of reach."""
    config = Config(use_dualstack_endpoint=True)
    client = botocore.session.get_session().create_client(
        service, region_name="eu-west-1", config=config, aws_access_key_id="x", aws_secret_access_key="x"
    )
    assert client.meta.endpoint_url == f"https://{host}.eu-west-1.api.aws"


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
