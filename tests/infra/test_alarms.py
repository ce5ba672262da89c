"""Alarms: one for everything that can stand still or fail, each saying what to do."""

import ast
import json
import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.aws import counters
from infra.aws.queue_alarms import received_in_vain
from infra.topology.model import physical_name
from infra.topology.plan import topology
from owlpost.domain.channels import queued_channels
from owlpost.domain.mail_events import Fate
from tests.infra.conftest import Template

REPOSITORY = Path(__file__).parents[2]
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text(encoding="utf-8")
LAYER = REPOSITORY / "layers" / "shared" / "python" / "owlpost"
ENTRIES = set(re.findall(r"^## (.+)$", RUNBOOK.partition("\n# By alarm\n")[2], re.MULTILINE))
TOPOLOGY = topology()


def alarms_of(*templates: Template) -> dict[str, Any]:
    return {
        name: alarm
        for template in templates
        for name, alarm in template.by("AWS::CloudWatch::Alarm", "AlarmName").items()
    }


def test_each_alarm_says_what_to_do_and_has_an_entry_in_the_runbook(app: Template, data: Template) -> None:
    for name, alarm in alarms_of(app, data).items():
        entry = name.removeprefix("owlpost ").partition(":")[0]
        assert entry in ENTRIES, name
        remedy, _, link = alarm["AlarmDescription"].partition(" Runbook: ")
        assert len(remedy.split()) > 4, name
        assert link == f"docs/runbook.md#{entry.replace(' ', '-')}"


def test_the_runbook_has_no_entry_without_an_alarm(app_with_canary: Template, data: Template) -> None:
    named = {name.removeprefix("owlpost ").partition(":")[0] for name in alarms_of(app_with_canary, data)}
    assert named == ENTRIES


def test_everything_that_can_fail_is_watched(app: Template) -> None:
    alarms = set(app.by("AWS::CloudWatch::Alarm", "AlarmName"))
    wanted = {f"owlpost dead letters: {physical_name(queue.dead_letter_name)}" for queue in TOPOLOGY.queues}
    wanted |= {"owlpost dead letters: owlpost-failed-events", "owlpost dead letters: owlpost-failed-schedules"}
    wanted |= {f"owlpost oldest message: {queue.name}" for queue in TOPOLOGY.queues if queue.oldest is not None}
    for function in TOPOLOGY.functions:
        wanted |= {f"owlpost {each}: {function.name}" for each in ("function errors", "throttles", "near timeout")}
    for source in TOPOLOGY.event_sources[1:]:
        wanted |= {f"owlpost {each}: {source.queue}" for each in ("failure rate", "time to deliver")}
    assert wanted <= alarms


def test_a_wave_of_refused_sign_ins_rings_and_a_few_do_not(app: Template, data: Template) -> None:
    alarm = alarms_of(app, data)["owlpost somebody has to act: SignInRefused"]
    assert '"SignInRefused"' in json.dumps(alarm)
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (50, "GreaterThanOrEqualToThreshold")
    assert alarm["TreatMissingData"] == "notBreaching"


def test_every_alarm_tells_the_operator_when_it_begins_and_when_it_ends(app: Template, data: Template) -> None:
    (topic,) = data.of_type("AWS::SNS::Topic")
    exported = {each["Export"]["Name"] for each in data.outputs.values() if each["Value"] == {"Ref": topic}}
    for alarm in app.of_type("AWS::CloudWatch::Alarm").values():
        ((action,),) = (alarm["AlarmActions"],)
        assert alarm["OKActions"] == [action]
        assert {action["Fn::ImportValue"]} == exported
    for alarm in data.of_type("AWS::CloudWatch::Alarm").values():
        assert {"Ref": topic} in alarm["AlarmActions"]
        assert alarm["OKActions"] == [{"Ref": topic}]


def test_a_sweep_that_says_nothing_is_an_alarm(app: Template) -> None:
    heartbeat = app.by("AWS::CloudWatch::Alarm", "AlarmName")["owlpost sweep heartbeat: sweep"]
    assert heartbeat["TreatMissingData"] == "breaching"


def test_an_audit_that_is_off_stands_until_one_balances(app: Template) -> None:
    """It speaks once a day: silence in between must neither end the alarm nor begin it."""
    audit = app.by("AWS::CloudWatch::Alarm", "AlarmName")["owlpost audit: audit"]
    assert audit["TreatMissingData"] == "ignore"
    (metric,) = audit["Metrics"]
    assert metric["MetricStat"]["Metric"]["MetricName"] == "AuditOffBalance"
    assert (audit["EvaluationPeriods"], audit["Threshold"]) == (1, 1)
    assert "audit" in {schedule.function for schedule in TOPOLOGY.schedules}


def test_dead_letters_of_each_kind_say_what_can_be_done_about_them(app: Template) -> None:
    alarms = app.by("AWS::CloudWatch::Alarm", "AlarmName")
    said = {name: alarm["AlarmDescription"] for name, alarm in alarms.items() if "dead letters" in name}
    assert "owlpost redrive --requests" in said["owlpost dead letters: owlpost-requests-dlq"]
    assert "owlpost redrive --channel mobile_push" in said["owlpost dead letters: owlpost-mobile-push-dlq"]
    assert "requestPayload" in said["owlpost dead letters: owlpost-failed-events"]
    assert "Scheduler" in said["owlpost dead letters: owlpost-failed-schedules"]


def test_what_the_issue_asks_for_has_an_alarm(app: Template) -> None:
    """Failure rate by channel, function errors, throttles and dead letters are asked for by the topology above."""
    alarms = app.by("AWS::CloudWatch::Alarm", "AlarmName")
    capacity = alarms["owlpost database capacity: capacity"]
    assert (capacity["Namespace"], capacity["MetricName"]) == ("AWS/RDS", "ServerlessDatabaseCapacity")
    assert capacity["Threshold"] == pytest.approx(3.6)  # of 4
    age = alarms["owlpost oldest message: email"]
    assert (age["MetricName"], age["Threshold"]) == ("ApproximateAgeOfOldestMessage", 300)


def test_what_sqs_leaves_out_of_its_age_rings_elsewhere_and_ends_as_a_dead_letter(app: Template) -> None:
    """A message that was received three times counts no more in ApproximateAgeOfOldestMessage."""
    alarms = app.by("AWS::CloudWatch::Alarm", "AlarmName")
    aged = [queue for queue in TOPOLOGY.queues if queue.oldest is not None]
    assert len(aged) == len([each for each in alarms if "oldest message" in each])
    for queue in aged:
        instead = alarms[f"owlpost {received_in_vain(queue.name)}"]
        assert received_in_vain(queue.name) in alarms[f"owlpost oldest message: {queue.name}"]["AlarmDescription"]
        assert re.search(r'"MetricName": "(RequestsWait|OldestDue|SweepRan)"', json.dumps(instead))
        assert f"owlpost dead letters: {physical_name(queue.dead_letter_name)}" in alarms


def test_deliveries_that_are_due_and_not_taken_ring_for_each_channel(app: Template) -> None:
    """By the database's own word: a queue's age says nothing of a delivery whose message was lost, or taken too often."""
    alarms = app.by("AWS::CloudWatch::Alarm", "AlarmName")
    for channel in queued_channels():
        alarm = alarms[f"owlpost oldest due: {channel.key}"]
        watched = json.dumps(alarm)
        for part in ('"MetricName": "OldestDue"', '"Maximum"', json.dumps({"Name": "channel", "Value": channel.key})):
            assert part in watched
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1_800, "GreaterThanThreshold")


def rings(alarm: dict[str, Any], **values: float) -> bool:
    """Whether a period with these values, by the names of metrics, is over an alarm's threshold; the others are silent."""
    metrics = {
        each["Id"]: each["MetricStat"]["Metric"]["MetricName"] for each in alarm["Metrics"] if "MetricStat" in each
    }
    known = {id_: values.get(name) for id_, name in metrics.items()}
    (expression,) = (each["Expression"] for each in alarm["Metrics"] if each.get("ReturnData", True))
    functions = {
        "FILL": lambda value, instead: instead if value is None else value,
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
    }
    seen = eval(expression, {"__builtins__": {}}, {**known, **functions})  # noqa: S307 (ours, and Python's as well)
    over = {"GreaterThanThreshold": operator.gt, "GreaterThanOrEqualToThreshold": operator.ge}
    return bool(over[alarm["ComparisonOperator"]](seen, alarm["Threshold"]))


@pytest.mark.parametrize("channel", [channel.key for channel in queued_channels()])
def test_a_provider_that_is_down_rings_and_one_that_sends_something_does_not(app: Template, channel: str) -> None:
    """What is received three times counts no more as an old message, and nothing fails while it is tried again."""
    alarm = app.by("AWS::CloudWatch::Alarm", "AlarmName")[f"owlpost provider away: {channel}"]
    assert rings(alarm, Retried=1)
    assert rings(alarm, Retried=500, Sent=0)
    assert not rings(alarm, Retried=500, Sent=1)
    assert not rings(alarm)
    assert alarm["EvaluationPeriods"] == 3


@pytest.mark.parametrize("channel", [channel.key for channel in queued_channels()])
def test_a_share_of_failures_rings_where_enough_has_ended(app: Template, channel: str) -> None:
    alarm = app.by("AWS::CloudWatch::Alarm", "AlarmName")[f"owlpost failure rate: {channel}"]
    assert rings(alarm, Sent=94, Failed=6)
    assert rings(alarm, Failed=10)
    assert not rings(alarm, Sent=95, Failed=5)
    assert not rings(alarm, Failed=9)


def test_one_event_that_lambda_drops_of_any_function_rings(app: Template) -> None:
    alarm = app.by("AWS::CloudWatch::Alarm", "AlarmName")["owlpost events dropped: functions"]
    assert rings(alarm, AsyncEventsDropped=1)
    assert not rings(alarm)


def test_cloudwatch_may_publish_to_the_topic_that_alarms_name(app: Template, data: Template) -> None:
    """Alarm → topic → policy: one that holds a Deny alone lets nobody in, and every alarm is silent."""
    ((topic, _),) = data.of_type("AWS::SNS::Topic").items()
    (policy,) = data.of_type("AWS::SNS::TopicPolicy").values()
    assert policy["Topics"] == [{"Ref": topic}]
    (allowed,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (allowed["Action"], allowed["Resource"]) == ("sns:Publish", {"Ref": topic})
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    source = "".join(
        part if isinstance(part, str) else "*"
        for part in allowed["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    )
    assert source.endswith(":alarm:owlpost *")
    assert all(name.startswith("owlpost ") for name in app.by("AWS::CloudWatch::Alarm", "AlarmName"))


def test_a_deployment_that_tells_nobody_of_alarms_says_so(assembly: Path) -> None:
    said = (assembly / "manifest.json").read_text(encoding="utf-8") + "".join(
        file.read_text(encoding="utf-8") for file in assembly.glob("*.metadata.json")
    )
    assert "Nobody will be told of an alarm" in said


def test_events_that_lambda_drops_ring(app: Template) -> None:
    """Of each function that is invoked without waiting: by producers, by Scheduler, and by a failed job."""
    alarm = app.by("AWS::CloudWatch::Alarm", "AlarmName")["owlpost events dropped: functions"]
    watched = {
        each["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
        for each in alarm["Metrics"]
        if each.get("MetricStat", {}).get("Metric", {}).get("MetricName") == "AsyncEventsDropped"
    }
    scheduled = {physical_name(schedule.function) for schedule in TOPOLOGY.schedules}
    assert watched == {"owlpost-enqueue", "owlpost-alert", *scheduled}


def written_counters() -> set[str]:
    """The names of all counters that the code writes."""
    literal = re.compile(r"\bcount\(\s*\"(\w+)\"")
    names = {name for file in LAYER.rglob("*.py") for name in literal.findall(file.read_text(encoding="utf-8"))}
    return (
        names | {fate.metric for fate in Fate} | {"Enqueued", "Sent", "Failed", "Skipped", "Retried", "TimeToDeliver"}
    )


def calls_that_count() -> Iterator[tuple[str, bool]]:
    """Yield the name of each counter that the code writes, and whether that call gives it the dimension `channel`."""
    for file in LAYER.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "count":
                name = call.args[0] if call.args else None
                if isinstance(name, ast.Constant):
                    yield str(name.value), any(each.arg == "channel" for each in call.keywords)


def test_whoever_writes_a_watched_counter_writes_the_one_that_its_alarm_watches() -> None:
    """CloudWatch keeps a metric for each set of dimensions: an alarm on one hears nothing of the others."""
    watched = {(counter.name, counter.channel is not None) for counter in counters.WATCHED}
    names = {name for name, _ in watched}
    unheard = {call for call in calls_that_count() if call[0] in names} - watched
    assert unheard == set()


def test_each_counter_is_watched_or_says_why_not() -> None:
    watched = {counter.name for counter in counters.WATCHED}
    assert written_counters() == watched | counters.WATCHED_OTHERWISE | set(counters.NOT_WATCHED)
    assert watched.isdisjoint(counters.NOT_WATCHED)


def test_each_watched_counter_has_an_alarm_on_the_metric_that_is_written(app_with_canary: Template) -> None:
    named: set[tuple[str, str | None]] = set()
    for alarm in app_with_canary.of_type("AWS::CloudWatch::Alarm").values():
        metrics = [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each] or [alarm]
        for metric in metrics:
            dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
            named.add((metric["MetricName"], dimensions.get("channel")))
    assert named >= {(counter.name, counter.channel) for counter in counters.WATCHED}
    assert {name for name, _ in named} >= counters.WATCHED_OTHERWISE
