"""Alarms: one for everything that can stand still or fail, each saying what to do."""

import re
from pathlib import Path

from infra.parts import physical_name
from infra.topology import topology
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
