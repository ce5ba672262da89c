"""What the doctor looks at once an installation is there: whether it is as the code and the configuration say."""

import json
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from infra.aws.migrations_fingerprint import fingerprint
from infra.cli.doctor_account import Account
from infra.cli.doctor_functions import PATIENCE, ask
from infra.cli.doctor_keys import secrets
from owlpost.domain.clock import utc_now
from owlpost.domain.findings import Finding, good, wrong

CLOUDWATCH = "cloudwatch.amazonaws.com"
LEAST_MAJOR_VERSION = 15


def clock_skew(answer: Mapping[str, Any]) -> float:
    """Return by how many seconds this machine is ahead of the answer's date."""
    said = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    return (utc_now() - said).total_seconds()


def queues(account: Account) -> Iterator[Finding]:
    """Visibility, retention and receives as planned; a queue that was changed by hand loses or repeats messages."""
    client = account.client("sqs")
    for queue in account.plan.queues:
        url = client.get_queue_url(QueueName=account.name(queue.name))["QueueUrl"]
        said = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        receives = json.loads(said.get("RedrivePolicy", "{}")).get("maxReceiveCount", 0)
        there = (int(said["VisibilityTimeout"]), int(said["MessageRetentionPeriod"]), int(receives))
        planned = (queue.visibility_timeout, queue.retention, queue.max_receive_count)
        if there == planned:
            yield good(f"queue {queue.name}", "as planned")
        else:
            what = f"visibility, retention and receives are {there}, planned are {planned}"
            yield wrong(f"queue {queue.name}", what, "Deploy again, and change the topology instead of the queue.")


def alarm_topic(account: Account) -> Iterator[Finding]:
    client = account.client("sns")
    name = account.name("alarms")
    pages = client.get_paginator("list_topics").paginate()
    arns = [each["TopicArn"] for page in pages for each in page["Topics"] if each["TopicArn"].endswith(f":{name}")]
    if not arns:
        yield wrong("alarm topic", f"there is no topic {name}", "Deploy the data stack.")
        return
    said = client.get_topic_attributes(TopicArn=arns[0])["Attributes"]
    if _lets_publish(json.loads(said["Policy"])):
        yield good("alarm topic", "CloudWatch may publish")
    else:
        yield wrong("alarm topic", "CloudWatch may not publish: no alarm reaches anybody", "Deploy the data stack.")
    if int(said["SubscriptionsConfirmed"]):
        yield good("alarm subscribers", said["SubscriptionsConfirmed"])
    else:
        waiting = f"{said['SubscriptionsPending']} wait to be confirmed"
        yield wrong("alarm subscribers", f"none; {waiting}", "Confirm the mail, or subscribe to the topic.")


def _lets_publish(policy: Mapping[str, Any]) -> bool:
    return any(
        each["Effect"] == "Allow"
        and isinstance(each["Principal"], dict)
        and CLOUDWATCH in _listed(each["Principal"].get("Service", []))
        and "sns:Publish" in {action.replace("SNS:", "sns:") for action in _listed(each["Action"])}
        for each in policy["Statement"]
    )


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def schema(account: Account) -> Iterator[Finding]:
    """The deployed migration's fingerprint against this code's: the schema is what its function last brought about."""
    configuration = account.client("lambda").get_function_configuration(FunctionName=account.name("migrate"))
    if configuration["Environment"]["Variables"]["MIGRATIONS"] == fingerprint():
        yield good("schema", "as this code expects")
    else:
        yield wrong(
            "schema", "other migrations are deployed than this code has", "Deploy this code, or check out theirs."
        )


def event_sources(account: Account) -> Iterator[Finding]:
    client = account.client("lambda")
    for source in account.plan.event_sources:
        name = account.name(source.function)
        found = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        found += (
            client.list_event_source_mappings(FunctionName=f"{name}:live")["EventSourceMappings"] if not found else []
        )
        states = {each["State"] for each in found}
        if states == {"Enabled"}:
            yield good(f"reader of {source.queue}", "enabled")
        else:
            remedy = "aws lambda update-event-source-mapping --uuid UUID --enabled, or deploy again."
            yield wrong(f"reader of {source.queue}", ", ".join(states) or "there is none", remedy)


def schedules(account: Account) -> Iterator[Finding]:
    client = account.client("scheduler")
    for schedule in account.plan.schedules:
        said = client.get_schedule(Name=account.name(schedule.name))
        if (said["State"], said["ScheduleExpression"]) == ("ENABLED", schedule.expression):
            yield good(f"schedule {schedule.name}", "enabled")
        else:
            what = f"{said['State']}, {said['ScheduleExpression']}"
            yield wrong(f"schedule {schedule.name}", what, "Deploy again, or enable it in the console.")


def database(account: Account) -> Iterator[Finding]:
    if account.configuration.database is not None:
        return
    pages = account.client("rds").get_paginator("describe_db_clusters").paginate()
    prefix = f"{account.name('data')}-"
    clusters = [each for page in pages for each in page["DBClusters"] if each["DBClusterIdentifier"].startswith(prefix)]
    if not clusters:
        yield wrong("database", f"no cluster begins with {prefix}", "Deploy the data stack.")
    for each in clusters:
        name, version = each["DBClusterIdentifier"], each["EngineVersion"]
        if int(version.partition(".")[0]) < LEAST_MAJOR_VERSION or not each.get("IAMDatabaseAuthenticationEnabled"):
            yield wrong("database", f"{name}: {version}, sign-in by IAM off", "Enable IAM, or upgrade to Postgres 15.")
        else:
            yield good("database", f"{name}: {each['Status']}, Postgres {version}, sign-in by IAM")


def way_out(account: Account) -> Iterator[Finding]:
    if account.configuration.vpc is not None:
        return
    wanted = [{"Name": "tag:application", "Values": [account.configuration.prefix]}]
    tables = account.client("ec2").describe_route_tables(Filters=wanted)["RouteTables"]
    routes = [each for table in tables for each in table["Routes"] if each.get("DestinationCidrBlock") == "0.0.0.0/0"]
    out = [each for each in routes if "NatGatewayId" in each or "InstanceId" in each or "NetworkInterfaceId" in each]
    if dead := [each for each in out if each["State"] != "active"]:
        yield wrong("way out", f"{len(dead)} routes lead nowhere", "See *way out* in docs/runbook.md.")
    elif out or account.configuration.egress == "ipv6-only":
        yield good("way out", f"{len(out)} routes by IPv4")
    else:
        yield wrong("way out", "there is no route by IPv4: no mail can be sent", "Deploy the data stack again.")


def functions(account: Account) -> Iterator[Finding]:
    """What the functions themselves say: of the database, and of the providers' keys."""
    yield from ask(account.client("lambda", seconds=PATIENCE), account.name)


CHECKS: tuple[Callable[[Account], Iterator[Finding]], ...] = (
    queues,
    alarm_topic,
    schema,
    event_sources,
    schedules,
    database,
    way_out,
    secrets,
    functions,
)
