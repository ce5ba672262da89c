"""Alarms: one for everything that can stand still or fail, each saying what to do."""

import re
from pathlib import Path

import pytest

from infra.topology.model import physical_name
from infra.topology.plan import topology
from tests.infra.conftest import Template

REPOSITORY = Path(__file__).parents[2]
RUNBOOK = (REPOSITORY / "docs" / "runbook.md").read_text(encoding="utf-8")
ENTRIES = set(re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE))
TOPOLOGY = topology()


def test_each_alarm_says_what_to_do_and_has_an_entry_in_the_runbook(app: Template) -> None:
    for name, alarm in app.by("AWS::CloudWatch::Alarm", "AlarmName").items():
        entry = name.removeprefix("owlpost ").partition(":")[0]
        assert entry in ENTRIES, name
        remedy, _, link = alarm["AlarmDescription"].partition(" Runbook: ")
        assert len(remedy.split()) > 4, name
        assert link == f"docs/runbook.md#{entry.replace(' ', '-')}"


def test_the_runbook_has_no_entry_without_an_alarm(app: Template) -> None:
    named = {name.removeprefix("owlpost ").partition(":")[0] for name in app.by("AWS::CloudWatch::Alarm", "AlarmName")}
    assert named == ENTRIES


def test_everything_that_can_fail_is_watched(app: Template) -> None:
    alarms = set(app.by("AWS::CloudWatch::Alarm", "AlarmName"))
    wanted = {f"owlpost dead letters: {physical_name(queue.dead_letter_name)}" for queue in TOPOLOGY.queues}
    wanted |= {"owlpost dead letters: owlpost-failed-events", "owlpost dead letters: owlpost-failed-schedules"}
    wanted |= {f"owlpost oldest message: {queue.name}" for queue in TOPOLOGY.queues}
    for function in TOPOLOGY.functions:
        wanted |= {f"owlpost {each}: {function.name}" for each in ("function errors", "throttles", "near timeout")}
    for source in TOPOLOGY.event_sources[1:]:
        wanted |= {f"owlpost {each}: {source.queue}" for each in ("failure rate", "time to deliver")}
    assert wanted <= alarms


def test_every_alarm_tells_the_operator_when_it_begins_and_when_it_ends(app: Template) -> None:
    (topic,) = app.of_type("AWS::SNS::Topic")
    for alarm in app.of_type("AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}]


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
