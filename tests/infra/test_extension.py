"""What is added to the topology is deployed without a change in infra/aws, and configuration has no silent slips."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.aws.app import build
from infra.aws.configuration import KEY, Configuration
from infra.topology.model import EventSource, Function, Queue, Schedule, Secret
from infra.topology.plan import topology
from tests.infra.conftest import WITHOUT_ASSETS, Template
from tests.support.templates.linting import cfn_lint


def looked_up_subnets(kind: str, *ids: str) -> dict[str, object]:
    subnets = [
        {
            "subnetId": id_,
            "cidr": "10.0.0.0/24",
            "availabilityZone": f"eu-west-1{zone}",
            "routeTableId": f"rtb-0{id_[-4:]}",
        }
        for id_, zone in zip(ids, "ab", strict=True)
    ]
    return {"name": kind, "type": kind, "subnets": subnets}


#: What the CDK finds in the account when it looks the network up.
LOOKED_UP = {
    "vpc-provider:account=123456789012:filter.vpc-id=vpc-0123456789abcdef0:region=eu-west-1:returnAsymmetricSubnets=true": {
        "vpcId": "vpc-0123456789abcdef0",
        "vpcCidrBlock": "10.0.0.0/16",
        "availabilityZones": [],
        "subnetGroups": [
            looked_up_subnets("Private", "subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"),
            looked_up_subnets("Public", "subnet-0bbbbbbbbbbbbbbb1", "subnet-0bbbbbbbbbbbbbbb2"),
        ],
    }
}


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
        "domain": "api.mail.example",
        "hosted_zone": {"id": "Z0123456789", "name": "mail.example"},
        "web_url": "https://mail.example",
        "sender": "Owls <owls@example.com>",
        "retention": {"read_days": 7},
        "alarm_email": "ops@example.com",
        "egress": "ipv6-only",
        "vpc": "vpc-0123456789abcdef0",
        "environment": {"EMAIL_REPLY_TO": "owls@example.com", "DISPATCH_CHUNK_SIZE": "500"},
        "database": {"host": "db.example", "secret": "theirs/app", "owner": "boss", "owner_secret": "theirs/boss"},
    }
    folder = tmp_path_factory.mktemp("cdk") / "out"
    with (
        pytest.MonkeyPatch.context() as account
    ):  # without a look-up in an account, the CDK puts a network of its own there
        account.setenv("CDK_DEFAULT_ACCOUNT", "123456789012")
        account.setenv("CDK_DEFAULT_REGION", "eu-west-1")
        build(outdir=str(folder), context={**WITHOUT_ASSETS, **LOOKED_UP, KEY: configuration}, plan=plan).synth()
    return Template.read(folder / "owlpost-app.template.json")


def variables(template: Template, function: str) -> dict[str, str]:
    made = template.by("AWS::Lambda::Function", "FunctionName")[f"owlpost-{function}"]
    return dict(made["Environment"]["Variables"])


def test_a_new_channel_comes_with_queue_worker_secret_and_alarms(extended: Template) -> None:
    assert {"owlpost-webhook", "owlpost-webhook-dlq"} <= set(extended.by("AWS::SQS::Queue", "QueueName"))
    worker = extended.by("AWS::Lambda::Function", "FunctionName")["owlpost-deliver-webhook"]
    assert "SECRET_NAMES" in worker["Environment"]["Variables"]
    assert "Secretswebhook" in json.dumps(worker["Environment"]["Variables"]["SECRET_NAMES"])
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


def test_links_lead_to_a_web_address_of_its_own(extended: Template) -> None:
    mailer = extended.by("AWS::Lambda::Function", "FunctionName")["owlpost-deliver-email"]["Environment"]["Variables"]
    assert (mailer["WEB_URL"], mailer["EMAIL_FROM"]) == ("https://mail.example", "Owls <owls@example.com>")


def test_a_domain_has_a_certificate_that_its_zone_proves_and_a_record_that_leads_to_the_api(extended: Template) -> None:
    (domain,) = extended.of_type("AWS::ApiGatewayV2::DomainName").values()
    (certificate,) = extended.of_type("AWS::CertificateManager::Certificate")
    (configured,) = domain["DomainNameConfigurations"]
    assert domain["DomainName"] == "api.mail.example"
    assert (configured["CertificateArn"], configured["SecurityPolicy"]) == ({"Ref": certificate}, "TLS_1_2")
    assert extended.resources[certificate]["Properties"]["DomainValidationOptions"] == [
        {"DomainName": "api.mail.example", "HostedZoneId": "Z0123456789"}
    ]
    (mapping,) = extended.of_type("AWS::ApiGatewayV2::ApiMapping").values()
    assert mapping["Stage"] == "$default"
    (alias,) = extended.of_type("AWS::Route53::RecordSet").values()
    assert (alias["Name"], alias["HostedZoneId"], alias["Type"]) == ("api.mail.example.", "Z0123456789", "A")


def test_the_sender_reaches_who_mails_and_retention_reaches_who_deletes(extended: Template) -> None:
    for mailer in ("deliver-email", "api", "alert", "cleanup"):
        assert variables(extended, mailer)["EMAIL_FROM"] == "Owls <owls@example.com>"
    assert "EMAIL_FROM" not in variables(extended, "deliver-mobile_push".replace("_", "-"))
    assert variables(extended, "cleanup")["RETENTION_READ_DAYS"] == "7"
    assert "RETENTION_UNREAD_DAYS" not in variables(extended, "cleanup")


def test_the_size_of_a_chunk_reaches_who_tells_people(extended: Template) -> None:
    having = {name for name in ("enqueue", "digest", "api") if "DISPATCH_CHUNK_SIZE" in variables(extended, name)}
    assert having == {"enqueue", "digest"}


@pytest.mark.takes_long("cfn-lint reads the whole specification of AWS's resources")
def test_cfn_lint_has_nothing_to_say_of_an_extended_stack(extended: Template) -> None:
    told = cfn_lint(extended.file)
    assert (told.returncode, told.stdout) == (0, "")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"domain": "mail.example"}, "hosted_zone"),
        ({"certificate": "arn:aws:acm:eu-west-1:1:certificate/1"}, "domain"),
        ({"domain": "https://mail.example", "certificate": "arn:x"}, "domain"),
        ({"web_url": "https://mail.example/"}, "web_url"),
        ({"sender": "a@b.example", "environment": {"EMAIL_FROM": "c@d.example"}}, "sender"),
        ({"retention": {"read": 7}}, "retention.read"),
        ({"log_retention_days": 12}, "log_retention_days"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        Configuration.from_context(wrong)


def test_people_reach_it_at_the_domain_unless_a_web_address_is_given() -> None:
    domain = {"domain": "mail.example", "certificate": "arn:aws:acm:eu-west-1:1:certificate/1"}
    assert Configuration.from_context({}).address is None
    assert Configuration.from_context(domain).address == "https://mail.example"
    assert Configuration.from_context({**domain, "web_url": "https://www.example"}).address == "https://www.example"


def test_a_name_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="alarm_mail"):
        Configuration.from_context({"alarm_mail": "ops@example.com"})


def test_iam_needs_to_know_the_database() -> None:
    with pytest.raises(ValidationError, match="resource_id"):
        Configuration.from_context({"database": {"host": "db.example", "auth": "iam"}})


def test_cdk_json_asks_for_versions_that_see_a_changed_layer() -> None:
    text = (Path(__file__).parents[2] / "cdk.json").read_text(encoding="utf-8")
    assert '"@aws-cdk/aws-lambda:recognizeLayerVersion": true' in text


def test_an_existing_database_in_a_network_that_is_not_named_is_refused() -> None:
    """The functions would run in a new network, from which that database cannot be reached."""
    with pytest.raises(ValidationError, match="vpc: name the network"):
        Configuration.from_context({"database": {"host": "db.example"}})


def test_passwords_beside_a_sign_in_by_iam_are_refused() -> None:
    database = {"host": "db.example", "auth": "iam", "resource_id": "cluster-X", "owner_secret": "boss/db"}
    with pytest.raises(ValidationError, match="the owner as well"):
        Configuration.from_context({"vpc": "vpc-1", "database": database})
