"""`owlpost doctor`, against servers that answer with AWS' documented bytes, and on this machine."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.aws.configuration import Configuration
from infra.aws.migrations_fingerprint import fingerprint
from infra.cli.doctor_account import Account
from infra.cli.doctor_aws import look
from infra.cli.main import main
from infra.topology.model import physical_name
from infra.topology.plan import topology
from owlpost.domain.channels import queued_channels
from owlpost.domain.findings import Finding, good
from owlpost.domain.findings import wrong as wrong_finding
from tests.support.aws_answers import Answer, as_ec2, as_json, as_xml, aws, denied, error_as_xml

PLAN = topology()
TOPIC = "arn:aws:sns:eu-west-1:123456789012:owlpost-alarms"
OUTPUTS = {secret.name: f"Secret{secret.name.title().replace('_', '')}" for secret in PLAN.secrets}


def stacks(outputs: Mapping[str, str]) -> Answer:
    members = "".join(
        f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
        for key, value in outputs.items()
    )
    stack = f"<StackName>owlpost-data</StackName><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{members}</Outputs>"
    return as_xml("DescribeStacks", f"<Stacks><member>{stack}</member></Stacks>")


def topic(policy: Mapping[str, Any], confirmed: int = 1) -> Answer:
    attributes = {"Policy": json.dumps(policy), "SubscriptionsConfirmed": confirmed, "SubscriptionsPending": 1}
    entries = "".join(
        f"<entry><key>{key}</key><value>{str(value).replace('&', '&amp;')}</value></entry>"
        for key, value in attributes.items()
    )
    return as_xml("GetTopicAttributes", f"<Attributes>{entries}</Attributes>")


LETS_PUBLISH = {
    "Statement": [
        {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sns:Publish", "Resource": TOPIC},
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": TOPIC,
        },
    ]
}


def routes(state: str) -> Answer:
    route = f"<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId><state>{state}</state>"
    table = f"<routeTableId>rtb-1</routeTableId><routeSet><item>{route}</item></routeSet>"
    return as_ec2("DescribeRouteTables", f"<routeTableSet><item>{table}</item></routeTableSet>")


def clusters(version: str = "18.3", *, iam: str = "true") -> Answer:
    cluster = (
        "<DBClusterIdentifier>owlpost-data-databasecluster-x</DBClusterIdentifier><Status>available</Status>"
        f"<EngineVersion>{version}</EngineVersion><IAMDatabaseAuthenticationEnabled>{iam}</IAMDatabaseAuthenticationEnabled>"
    )
    return as_xml("DescribeDBClusters", f"<DBClusters><DBCluster>{cluster}</DBCluster></DBClusters>")


ALIKE = PLAN.queues[0]
ROOM: dict[str, Answer] = {
    "GetCallerIdentity": as_xml("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/ops</Arn>"),
    "GET /2016-08-19/account-settings": as_json({"AccountLimit": {"ConcurrentExecutions": 1000}}),
}
#: Before the first deployment: there is no stack, and room for one.
EMPTY: dict[str, Answer] = {
    **ROOM,
    "DescribeStacks": error_as_xml("ValidationError", "Stack with id owlpost-app does not exist"),
    "DescribeVpcs": as_ec2("DescribeVpcs", "<vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet>"),
    "DescribeAddresses": as_ec2("DescribeAddresses", "<addressesSet/>"),
    "GetServiceQuota": as_json({"Quota": {"QuotaName": "VPCs per Region", "Value": 5.0}}),
    "ListQueues": as_json({}),
    "DescribeLogGroups": as_json({"logGroups": []}),
}
SCHEDULES = {
    f"GET /schedules/owlpost-{each.name}": as_json({"State": "ENABLED", "ScheduleExpression": each.expression})
    for each in PLAN.schedules
}
OPERATE, *WORKERS = (
    f"POST /2015-03-31/functions/{physical_name(name)}/invocations"
    for name in ("operate", *(f"deliver-{channel.key}" for channel in queued_channels()))
)
FILLED_IN = as_json({"VersionIdsToStages": {"1": ["AWSPREVIOUS"], "2": ["AWSCURRENT"]}})
MADE_BY_THE_DEPLOYMENT = as_json({"VersionIdsToStages": {"1": ["AWSCURRENT"]}})


def found_by(*findings: Finding) -> Answer:
    return as_json({"findings": [asdict(each) for each in findings]})


#: AWS' answers of an installation that is as planned, but for the queues, and what its functions say.
DEPLOYED: dict[str, Answer] = {
    **ROOM,
    **SCHEDULES,
    "DescribeStacks": stacks({output: f"arn:{name}" for name, output in OUTPUTS.items()}),
    "GetQueueUrl": as_json({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/owlpost-x"}),
    "GetQueueAttributes": as_json(
        {
            "Attributes": {
                "VisibilityTimeout": str(ALIKE.visibility_timeout),
                "MessageRetentionPeriod": str(ALIKE.retention),
                "RedrivePolicy": json.dumps({"maxReceiveCount": ALIKE.max_receive_count}),
            }
        }
    ),
    "ListTopics": as_xml("ListTopics", f"<Topics><member><TopicArn>{TOPIC}</TopicArn></member></Topics>"),
    "GetTopicAttributes": topic(LETS_PUBLISH),
    "GET /2015-03-31/functions/owlpost-migrate/configuration": as_json(
        {"FunctionName": "owlpost-migrate", "Environment": {"Variables": {"MIGRATIONS": fingerprint()}}}
    ),
    "GET /2015-03-31/event-source-mappings": as_json({"EventSourceMappings": [{"State": "Enabled"}]}),
    "DescribeDBClusters": clusters(),
    "DescribeRouteTables": routes("active"),
    "DescribeSecret": FILLED_IN,
    OPERATE: as_json([asdict(good("role", "owlpost_operate, made by Owlpost"))]),
    **{worker: found_by(good(worker, "takes our key")) for worker in WORKERS},
}


@contextmanager
def account(
    monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Answer], *, date: str | None = None, **settings: Any
) -> Iterator[Account]:
    with aws(answers, date=date) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        wanted = Configuration.from_context({"sender": "owls@example.com", **settings})
        yield Account(boto3.Session("key", "secret", region_name="eu-west-1"), wanted)


def findings(monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Answer], **more: Any) -> dict[str, Finding]:
    with account(monkeypatch, answers, **more) as looked_at:
        return {each.subject: each for each in look(looked_at)}


def wrong(found: Mapping[str, Finding]) -> set[str]:
    return {subject for subject, each in found.items() if each.level == "wrong"}


def test_an_empty_account_with_room_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, EMPTY)
    assert {each.level for each in found.values()} == {"good"}
    assert {"clock", "concurrency", "VPCs", "addresses", "left-over names"} == set(found)


@pytest.mark.parametrize(
    ("subject", "answers", "remedy"),
    [
        (
            "concurrency",
            {"GET /2016-08-19/account-settings": as_json({"AccountLimit": {"ConcurrentExecutions": 10}})},
            "reserve_concurrency",
        ),
        ("VPCs", {"GetServiceQuota": as_json({"Quota": {"QuotaName": "VPCs per Region", "Value": 1.0}})}, "VPCs per"),
        ("left-over names", {"ListQueues": as_json({"QueueUrls": ["https://sqs/1/owlpost-email"]})}, "prefix"),
        (
            "left-over names",
            {"DescribeLogGroups": as_json({"logGroups": [{"logGroupName": "/aws/lambda/owlpost-api"}]})},
            "prefix",
        ),
    ],
)
def test_what_is_in_a_deployments_way_is_found_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, subject: str, answers: dict[str, Answer], remedy: str
) -> None:
    found = findings(monkeypatch, {**EMPTY, **answers})
    assert subject in wrong(found)
    assert remedy in found[subject].remedy


def test_a_small_account_that_reserves_nothing_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"GET /2016-08-19/account-settings": as_json({"AccountLimit": {"ConcurrentExecutions": 10}})}
    assert wrong(findings(monkeypatch, {**EMPTY, **small}, reserve_concurrency=False)) == set()


def test_a_clock_that_is_off_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    other = format_datetime(datetime.now(UTC) - timedelta(minutes=4), usegmt=True)
    found = findings(monkeypatch, EMPTY, date=other)
    assert "clock" in wrong(found)
    assert "NTP" in found["clock"].remedy


def test_an_installation_that_is_as_planned_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, DEPLOYED)
    alike = {f"queue {queue.name}" for queue in PLAN.queues if queue != ALIKE}  # one answer serves for all queues
    assert found[f"queue {ALIKE.name}"].level == "good"
    assert wrong(found) - alike == set()
    assert {each.level for each in found.values()} <= {"good", "wrong"}
    assert {"role", *WORKERS} <= set(found)


@pytest.mark.parametrize(
    ("subject", "answers"),
    [
        ("alarm topic", {"GetTopicAttributes": topic({"Statement": LETS_PUBLISH["Statement"][:1]})}),
        ("alarm topic", {"ListTopics": as_xml("ListTopics", "<Topics/>")}),
        ("alarm subscribers", {"GetTopicAttributes": topic(LETS_PUBLISH, confirmed=0)}),
        (
            "schema",
            {
                "GET /2015-03-31/functions/owlpost-migrate/configuration": as_json(
                    {"Environment": {"Variables": {"MIGRATIONS": "another"}}}
                )
            },
        ),
        (
            "reader of email",
            {"GET /2015-03-31/event-source-mappings": as_json({"EventSourceMappings": [{"State": "Disabled"}]})},
        ),
        ("reader of email", {"GET /2015-03-31/event-source-mappings": as_json({"EventSourceMappings": []})}),
        ("schedule sweep", {"GET /schedules/owlpost-sweep": as_json({"State": "DISABLED", "ScheduleExpression": "x"})}),
        ("database", {"DescribeDBClusters": clusters("14.9")}),
        ("database", {"DescribeDBClusters": clusters(iam="false")}),
        ("way out", {"DescribeRouteTables": routes("blackhole")}),
        ("way out", {"DescribeRouteTables": as_ec2("DescribeRouteTables", "<routeTableSet/>")}),
        ("FCM", {WORKERS[1]: found_by(wrong_finding("FCM", "refuses our key", "Make a new key."))}),
        ("clocks", {OPERATE: as_json([asdict(wrong_finding("clocks", "40 s ahead", "Set the clock."))])}),
        ("owlpost-operate", {OPERATE: as_json({"errorMessage": "no module named owlpost"})}),
        ("owlpost-operate", {OPERATE: as_json({"error": {"kind": "unavailable", "message": "the database is away"}})}),
    ],
)
def test_what_is_not_as_planned_is_found_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, subject: str, answers: dict[str, Answer]
) -> None:
    found = findings(monkeypatch, {**DEPLOYED, **answers})
    assert subject in wrong(found)
    assert found[subject].remedy


def test_a_secret_that_nobody_has_filled_in_is_told_and_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, {**DEPLOYED, "DescribeSecret": MADE_BY_THE_DEPLOYMENT})
    secrets = {subject: each for subject, each in found.items() if subject.startswith("secret ")}
    assert {each.level for each in secrets.values()} == {"note"}
    assert len(secrets) == sum(bool(each.variables) for each in PLAN.secrets)


def test_no_value_of_a_secret_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """GetSecretValue is denied here, and nothing misses it."""
    assert "unknown" not in {each.level for each in findings(monkeypatch, DEPLOYED).values()}


def test_a_function_that_may_not_be_asked_is_told_and_stops_no_other_check(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(monkeypatch, {**DEPLOYED, OPERATE: denied("lambda:InvokeFunction")})
    assert (found["owlpost-operate"].level, found[WORKERS[0]].level) == ("unknown", "good")
    assert "InvokeFunction" in found["owlpost-operate"].remedy


def test_a_right_that_the_doctor_has_not_is_told_and_stops_no_other_check(monkeypatch: pytest.MonkeyPatch) -> None:
    found = findings(
        monkeypatch, {**DEPLOYED, "DescribeDBClusters": error_as_xml("AccessDenied", "rds:DescribeDBClusters")}
    )
    assert (found["database"].level, found["way out"].level) == ("unknown", "good")
    assert "DescribeDBClusters" in found["database"].remedy


def test_the_command_ends_with_1_where_something_is_wrong_and_prints_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    for answers, code in ((EMPTY, 0), ({**EMPTY, "ListQueues": as_json({"QueueUrls": ["x/owlpost-email"]})}, 1)):
        with account(monkeypatch, answers):
            assert main(["doctor", "--aws", "--json"]) == code
        said = json.loads(capsys.readouterr().out)
        assert {"subject", "level", "said", "remedy"} == set(said[0])


def test_this_machine_is_looked_at_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--data-dir", str(tmp_path / "none")]) == 0
    assert "No Owlpost runs" in capsys.readouterr().out
