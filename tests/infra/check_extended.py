"""Run on a copy of the source with a new channel: the stacks are made of the registry, and lint."""

import json

from tests.infra.conftest import Template
from tests.support.templates.linting import cfn_lint


def test_the_stacks_synthesize_with_the_new_channels_queue_worker_secret_and_alarms(app: Template) -> None:
    assert {"owlpost-relay", "owlpost-relay-dlq"} <= set(app.by("AWS::SQS::Queue", "QueueName"))
    worker = app.by("AWS::Lambda::Function", "FunctionName")["owlpost-deliver-relay"]
    assert "relay" in json.dumps(worker["Environment"]["Variables"]["SECRET_NAMES"]).lower()
    alarms = set(app.by("AWS::CloudWatch::Alarm", "AlarmName"))
    assert {"owlpost failure rate: relay", "owlpost dead letters: owlpost-relay-dlq"} <= alarms
    told = cfn_lint(app.file)
    assert (told.returncode, told.stdout) == (0, "")
