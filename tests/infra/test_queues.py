"""Queues as the topology wants them: encrypted, by TLS alone, each with a dead-letter queue that outlasts it."""

import json
from typing import Any

import pytest

from infra.topology.model import Queue, physical_name
from infra.topology.plan import topology
from tests.infra.conftest import Template
from tests.support.templates.policies import actions, of_role, resources

TOPOLOGY = topology()
every_queue = pytest.mark.parametrize("queue", TOPOLOGY.queues, ids=lambda queue: queue.name)


def test_every_queue_is_encrypted_and_takes_nothing_without_tls(app: Template) -> None:
    queues = app.of_type("AWS::SQS::Queue")
    assert all(each["SqsManagedSseEnabled"] for each in queues.values())
    guarded = {
        reference["Ref"]
        for policy in app.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny" and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for reference in policy["Queues"]
    }
    assert guarded == set(queues)


@every_queue
def test_a_queue_is_as_the_topology_says_and_its_dead_letters_are_kept_14_days(app: Template, queue: Queue) -> None:
    by_name = app.by("AWS::SQS::Queue", "QueueName")
    made = by_name[physical_name(queue.name)]
    assert made["VisibilityTimeout"] == queue.visibility_timeout
    assert made["MessageRetentionPeriod"] == queue.retention
    assert made["RedrivePolicy"]["maxReceiveCount"] == queue.max_receive_count
    dead = app.resources[made["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
    assert dead["QueueName"] == physical_name(queue.dead_letter_name)
    assert dead["MessageRetentionPeriod"] == 14 * 86_400 > made["MessageRetentionPeriod"]


def test_lambda_reads_each_queue_as_the_topology_says(app: Template) -> None:
    made = [
        (each["BatchSize"], each.get("MaximumBatchingWindowInSeconds", 0), each["ScalingConfig"]["MaximumConcurrency"])
        for each in app.of_type("AWS::Lambda::EventSourceMapping").values()
    ]
    assert sorted(made) == sorted(
        (each.batch_size, each.window, each.max_concurrency) for each in TOPOLOGY.event_sources
    )


def test_one_bad_message_does_not_bring_its_batch_back(app: Template) -> None:
    sources = app.of_type("AWS::Lambda::EventSourceMapping").values()
    assert {tuple(each["FunctionResponseTypes"]) for each in sources} == {("ReportBatchItemFailures",)}


def test_an_event_that_no_function_could_take_is_kept(app: Template, functions: dict[str, object]) -> None:
    configured = app.of_type("AWS::Lambda::EventInvokeConfig").values()
    assert len(configured) == len(functions)
    assert all("OnFailure" in each["DestinationConfig"] for each in configured)


def test_an_event_of_a_schedule_does_not_wait_until_the_next_ones_have_piled_up(
    app: Template, functions: dict[str, Any]
) -> None:
    """Lambda keeps an event for six hours: 72 sweeps would run one after the other once the function works again."""
    made = app.by("AWS::Scheduler::Schedule", "Name")
    ages = {
        app.resources[each["FunctionName"]["Ref"]]["Properties"]["FunctionName"]: each.get("MaximumEventAgeInSeconds")
        for each in app.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    for schedule in TOPOLOGY.schedules:
        age = TOPOLOGY.function(schedule.function).max_event_age
        assert age is not None
        assert age < 3_600
        assert ages[physical_name(schedule.function)] == age
        policy = made[physical_name(schedule.name)]["Target"]["RetryPolicy"]
        assert policy["MaximumEventAgeInSeconds"] == age
    assert ages["owlpost-enqueue"] is None  # a producer's request is not made up for by another


def test_schedules_run_in_utc_as_the_topology_says_with_a_queue_for_what_fails(app: Template) -> None:
    made = app.by("AWS::Scheduler::Schedule", "Name")
    for schedule in TOPOLOGY.schedules:
        entry = made[physical_name(schedule.name)]
        assert entry["ScheduleExpression"] == schedule.expression
        assert entry["ScheduleExpressionTimezone"] == "Etc/UTC"
        assert "DeadLetterConfig" in entry["Target"]
        assert json.loads(entry["Target"]["Input"])["schedule"] == schedule.name
    assert len(made) == len(TOPOLOGY.schedules)


def test_a_schedule_may_invoke_its_function_and_keep_what_failed_and_nothing_else(
    app: Template, functions: dict[str, Any]
) -> None:
    made = app.by("AWS::Scheduler::Schedule", "Name")
    for schedule in TOPOLOGY.schedules:
        target = made[physical_name(schedule.name)]["Target"]
        (role,) = target["RoleArn"]["Fn::GetAtt"][:1]
        assert app.resources[role]["Properties"].keys() == {"AssumeRolePolicyDocument", "Tags"}
        (function,) = (
            id_
            for id_, each in app.resources.items()
            if each.get("Properties") is functions[physical_name(schedule.function)]
        )
        may = {
            (action, resource["Fn::GetAtt"][0])
            for each in of_role(app, role)
            for action in actions(each)
            for resource in resources(each)
        }
        (failed,) = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][:1]
        assert may == {("lambda:InvokeFunction", function), ("sqs:SendMessage", failed)}
        assert target["Arn"]["Fn::GetAtt"][0] == function
