"""Run on a copy of the source with a new channel: the stacks are made of the registry, and lint."""

import json
from pathlib import Path

from infra.aws.app import build
from tests.infra.conftest import WITHOUT_ASSETS, Template
from tests.support.templates.linting import cfn_lint


def test_the_stacks_synthesize_with_the_new_channels_queue_worker_secret_and_alarms(tmp_path: Path) -> None:
    build(outdir=str(tmp_path), context=WITHOUT_ASSETS).synth()
    template = Template.read(tmp_path / "owlpost-app.template.json")
    assert {"owlpost-relay", "owlpost-relay-dlq"} <= set(template.by("AWS::SQS::Queue", "QueueName"))
    worker = template.by("AWS::Lambda::Function", "FunctionName")["owlpost-deliver-relay"]
    assert "relay" in json.dumps(worker["Environment"]["Variables"]["SECRET_NAMES"]).lower()
    alarms = set(template.by("AWS::CloudWatch::Alarm", "AlarmName"))
    assert {"owlpost failure rate: relay", "owlpost dead letters: owlpost-relay-dlq"} <= alarms
    told = cfn_lint(template.file)
    assert (told.returncode, told.stdout) == (0, "")
