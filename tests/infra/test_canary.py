"""The canary in the stack: nothing of it unless it is chosen, and then an alarm for each channel that tells the operator."""

import json

import pytest

from tests.infra.conftest import Template


def test_without_the_setting_there_is_no_canary_in_the_stack(app: Template) -> None:
    resources = json.dumps(app.resources)
    assert "owlpost-canary" not in resources
    assert "CanaryMissed" not in resources


def test_the_setting_brings_the_schedule_that_invokes_the_function_every_ten_minutes(app_with_canary: Template) -> None:
    schedule = app_with_canary.by("AWS::Scheduler::Schedule", "Name")["owlpost-canary"]
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("rate(10 minutes)", "ENABLED")
    functions = app_with_canary.of_type("AWS::Lambda::Function")
    (function,) = (key for key, each in functions.items() if each.get("FunctionName") == "owlpost-canary")
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    variables = functions[function]["Environment"]["Variables"]
    assert variables["CANARY_EMAIL"] == "canary@owl.example"


@pytest.mark.parametrize("channel", ["email", "mobile_push"])
def test_one_that_is_missed_and_one_that_is_never_sent_ring_and_the_topic_hears_it(
    app_with_canary: Template, channel: str
) -> None:
    alarms = app_with_canary.by("AWS::CloudWatch::Alarm", "AlarmName")
    alarm, other = alarms[f"owlpost canary: {channel}"], alarms["owlpost sweep heartbeat: sweep"]
    ((metric,),) = (alarm["Metrics"],)
    watched = metric["MetricStat"]
    assert (watched["Metric"]["MetricName"], watched["Stat"]) == ("CanaryMissed", "Maximum")
    assert {"Name": "channel", "Value": channel} in watched["Metric"]["Dimensions"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    assert alarm["TreatMissingData"] == "breaching"
    assert 600 < watched["Period"] < 1_200, "one run lies in each period, and a run that is missed leaves one empty"
    assert alarm["AlarmActions"] == alarm["OKActions"] == other["AlarmActions"]
    assert alarm["AlarmDescription"].endswith("docs/runbook.md#canary")


def test_those_who_see_the_setting_are_those_who_need_it(app_with_canary: Template) -> None:
    functions = app_with_canary.by("AWS::Lambda::Function", "FunctionName")
    given = {name for name, each in functions.items() if "CANARY_EMAIL" in each["Environment"]["Variables"]}
    assert given == {"owlpost-canary", "owlpost-operate", "owlpost-provider-events"}
