"""What is added to the topology is deployed without a change in infra/aws, and configuration has no silent slips."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.aws.app import build
from infra.aws.configuration import KEY, Configuration
from infra.parts import EventSource, Function, Queue, Schedule, Secret
from infra.topology import topology
from tests.infra.conftest import WITHOUT_ASSETS, Template


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """With a new channel's queue, worker and secret, and a function on a schedule; on somebody's own database and VPC."""
    plan = topology()
    plan = replace(
        plan,
        functions=(
            *plan.functions,
            Function("deliver-webhook", "functions.deliver.handler", 512, 30, settings=("HOOK_",), sends=("webhook",)),
            Function("report", "functions.report.handler", 256, 60, database=False),
        ),
        queues=(*plan.queues, Queue("webhook", visibility_timeout=190, max_receive_count=7)),
        event_sources=(*plan.event_sources, EventSource("webhook", "deliver-webhook", 10, 1, 5)),
        schedules=(*plan.schedules, Schedule("report", "report", "rate(1 day)")),
        secrets=(*plan.secrets, Secret("webhook", ("HOOK_KEY",))),
    )
    configuration = {
        "web_url": "https://mail.example",
        "alarm_email": "ops@example.com",
        "egress": "ipv6-only",
        "environment": {"EMAIL_FROM": "Owls <owls@example.com>"},
        "database": {"host": "db.example", "secret": "theirs/app", "owner": "boss", "owner_secret": "theirs/boss"},
    }
    folder = tmp_path_factory.mktemp("cdk") / "out"
    build(outdir=str(folder), context={**WITHOUT_ASSETS, KEY: configuration}, plan=plan).synth()
    return Template.read(folder / "owlpost-app.template.json")


def test_a_new_channel_comes_with_queue_worker_secret_and_alarms(extended: Template) -> None:
    assert {"owlpost-webhook", "owlpost-webhook-dlq"} <= set(extended.by("AWS::SQS::Queue", "QueueName"))
    worker = extended.by("AWS::Lambda::Function", "FunctionName")["owlpost-deliver-webhook"]
    assert "SECRET_NAMES" in worker["Environment"]["Variables"]
    assert "owlpost/webhook" in extended.by("AWS::SecretsManager::Secret", "Name")
    alarms = set(extended.by("AWS::CloudWatch::Alarm", "AlarmName"))
    assert {"owlpost failure rate: webhook", "owlpost dead letters: owlpost-webhook-dlq"} <= alarms


def test_a_new_function_on_a_schedule_is_deployed(extended: Template) -> None:
    report = extended.by("AWS::Lambda::Function", "FunctionName")["owlpost-report"]
    assert set(report["Environment"]["Variables"]) == {"POWERTOOLS_SERVICE_NAME"}
    assert "owlpost-report" in extended.by("AWS::Scheduler::Schedule", "Name")


def test_an_existing_database_is_used_as_it_is(extended: Template) -> None:
    functions = extended.by("AWS::Lambda::Function", "FunctionName")
    enqueue = functions["owlpost-enqueue"]["Environment"]["Variables"]
    assert (enqueue["DATABASE_HOST"], enqueue["DATABASE_AUTH"], enqueue["SECRET_NAMES"]) == (
        "db.example",
        "password",
        "theirs/app",
    )
    migrate = functions["owlpost-migrate"]["Environment"]["Variables"]
    assert (migrate["DATABASE_USER"], migrate["SECRET_NAMES"]) == ("boss", "theirs/boss")
    assert not [name for name in extended.by("AWS::CloudWatch::Alarm", "AlarmName") if "database" in name]


def test_a_web_address_of_its_own_may_call_the_api_and_no_other(extended: Template) -> None:
    (api,) = extended.of_type("AWS::ApiGatewayV2::Api").values()
    assert api["CorsConfiguration"]["AllowOrigins"] == ["https://mail.example"]
    mailer = extended.by("AWS::Lambda::Function", "FunctionName")["owlpost-deliver-email"]["Environment"]["Variables"]
    assert (mailer["WEB_URL"], mailer["EMAIL_FROM"]) == ("https://mail.example", "Owls <owls@example.com>")


def test_a_name_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="alarm_mail"):
        Configuration.from_context({"alarm_mail": "ops@example.com"})


def test_iam_needs_to_know_the_database() -> None:
    with pytest.raises(ValidationError, match="resource_id"):
        Configuration.from_context({"database": {"host": "db.example", "auth": "iam"}})


def test_cdk_json_asks_for_versions_that_see_a_changed_layer() -> None:
    text = (Path(__file__).parents[2] / "cdk.json").read_text(encoding="utf-8")
    assert '"@aws-cdk/aws-lambda:recognizeLayerVersion": true' in text
