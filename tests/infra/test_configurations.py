"""Ten configurations: each synthesizes, passes cdk-nag and cfn-lint, and what they must have in common they have."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.aws.app import build
from infra.aws.configuration import KEY, Configuration
from infra.topology.plan import topology
from tests.infra.conftest import WITHOUT_ASSETS, Template
from tests.infra.test_extension import LOOKED_UP
from tests.infra.test_functions import SES_CALLS
from tests.support.templates.kept import fixed_names, identifiers
from tests.support.templates.linting import cfn_lint

VPC = "vpc-0123456789abcdef0"
QUIET = {"alarms_told_elsewhere": True}
BY_IAM = {"host": "db.example", "user": "app", "owner": "boss", "auth": "iam", "resource_id": "cluster-ABC"}
BY_PASSWORD = {"host": "db.example", "secret": "theirs/app", "owner": "boss", "owner_secret": "theirs/boss"}
BY_SES = {
    "sender": "Owls <owls@example.com>",
    "environment": {"MAIL_SENDER": "ses", "SES_CONFIGURATION_SET": "owls"},
}
CONFIGURATIONS: Mapping[str, dict[str, Any]] = {
    "usual": {},
    "nat instance": {
        "egress": "nat-instance",
        "nat_image": "ami-0123456789abcdef0",
        **BY_SES,
    },
    "newest nat instance, standby": {"egress": "nat-instance", "standby": True, "min_capacity": 1, "snap_start": True},
    "ipv6 only": {"egress": "ipv6-only"},
    "ipv6 only, mail by SES": {"egress": "ipv6-only", **BY_SES},
    "webhooks, mail by SMTP": {
        "sender": "Owls <owls@example.com>",
        "environment": {
            "CHANNELS": "webhook",
            "WEBHOOK_INSIDE": "hooks.internal:8443",
            "MAIL_SENDER": "smtp",
            "SMTP_HOST": "smtp.example.com",
            "SMTP_USERNAME": "owl",
        },
    },
    "existing network": {"vpc": VPC, "vpc_ipv6": True},
    "existing database by iam": {"vpc": VPC, "database": BY_IAM, "reserve_concurrency": False},
    "existing database by password, domain": {
        "vpc": VPC,
        "database": BY_PASSWORD,
        "domain": "mail.example",
        "certificate": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
    },
    "prefix and domain": {
        "prefix": "owls",
        "domain": "mail.example",
        "hosted_zone": {"id": "Z0123456789", "name": "mail.example"},
        "alarm_email": "ops@example.com",
        "metrics_by_type": True,
        "log_retention_days": 90,
    },
}


@dataclass(frozen=True)
class Stacks:
    folder: Path
    app: Template
    data: Template


class Configured(Mapping[str, Stacks]):
    """Each configuration's stacks, synthesized when they are first asked for; raises where cdk-nag finds anything."""

    def __init__(self, folder_for: Callable[[str], Path]) -> None:
        self._folder_for = folder_for
        self._made: dict[str, Stacks] = {}

    def __getitem__(self, name: str) -> Stacks:
        if name not in self._made:
            self._made[name] = synthesized(self._folder_for("cdk") / "out", CONFIGURATIONS[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(CONFIGURATIONS)

    def __len__(self) -> int:
        return len(CONFIGURATIONS)


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Stacks]:
    return Configured(tmp_path_factory.mktemp)


def synthesized(folder: Path, configuration: dict[str, Any]) -> Stacks:
    with pytest.MonkeyPatch.context() as account:
        if "vpc" in configuration:  # is looked up, which wants an account
            account.setenv("CDK_DEFAULT_ACCOUNT", "123456789012")
            account.setenv("CDK_DEFAULT_REGION", "eu-west-1")
        context = {**WITHOUT_ASSETS, **LOOKED_UP, KEY: {**QUIET, **configuration}}
        build(outdir=str(folder), context=context).synth()
    prefix = configuration.get("prefix", "owlpost")
    app, data = (Template.read(folder / f"{prefix}-{stack}.template.json") for stack in ("app", "data"))
    return Stacks(folder, app, data)


@pytest.mark.takes_long("cfn-lint reads the whole specification of AWS's resources")
def test_cfn_lint_has_nothing_to_say_of_any(configured: Mapping[str, Stacks]) -> None:
    told = cfn_lint(*(file for each in configured.values() for file in each.folder.glob("*.template.json")))
    assert (told.returncode, told.stdout) == (0, "")


def default_routes(data: Template) -> dict[tuple[str, str], set[str]]:
    """Logical ids by route table and destination."""
    found: dict[tuple[str, str], set[str]] = {}
    for id_, route in data.of_type("AWS::EC2::Route").items():
        to = route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]
        found.setdefault((route["RouteTableId"]["Ref"], to), set()).add(id_)
    return found


def test_the_way_out_can_be_changed_later(configured: Mapping[str, Stacks]) -> None:
    """CloudFormation makes a new logical id before it deletes the old one, and a route table takes one route to a place."""
    routes: dict[tuple[str, str], set[str]] = {}
    for egress in ("usual", "nat instance", "ipv6 only"):
        for place, ids in default_routes(configured[egress].data).items():
            routes.setdefault(place, set()).update(ids)
    assert len(routes) > 4
    assert {place: ids for place, ids in routes.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("egress", ["usual", "nat instance", "ipv6 only"])
def test_functions_have_the_way_out_that_was_chosen(configured: Mapping[str, Stacks], egress: str) -> None:
    """AWS by IPv6 always, from where nobody comes in; providers by IPv4 unless it was left out."""
    data = configured[egress].data
    (gateway,) = data.of_type("AWS::EC2::EgressOnlyInternetGateway")
    inside = {
        each["RouteTableId"]["Ref"]
        for each in data.of_type("AWS::EC2::SubnetRouteTableAssociation").values()
        if "functionsSubnet" in each["SubnetId"]["Ref"]
    }
    assert len(inside) == 2
    routes = [each for each in data.of_type("AWS::EC2::Route").values() if each["RouteTableId"]["Ref"] in inside]
    by_ipv6 = [each for each in routes if each.get("DestinationIpv6CidrBlock") == "::/0"]
    assert [each["EgressOnlyInternetGatewayId"]["Ref"] for each in by_ipv6] == [gateway] * 2
    by_ipv4 = [each for each in routes if each.get("DestinationCidrBlock") == "0.0.0.0/0"]
    through = {"usual": {"NatGatewayId"}, "nat instance": {"InstanceId"}, "ipv6 only": set()}[egress]
    assert {name for each in by_ipv4 for name in each.keys() & {"NatGatewayId", "InstanceId", "GatewayId"}} == through
    assert len(by_ipv4) == 2 * len(through)


def test_the_app_stack_holds_on_to_nothing_that_a_change_of_the_way_out_replaces(
    configured: Mapping[str, Stacks],
) -> None:
    """CloudFormation refuses to change or delete an export that another stack imports."""
    exported = [
        {each["Export"]["Name"]: each["Value"] for each in configured[egress].data.outputs.values() if "Export" in each}
        for egress in ("usual", "nat instance", "ipv6 only")
    ]
    assert exported[0] == exported[1] == exported[2]


def test_a_nat_instance_is_waited_for_pinned_and_watched(configured: Mapping[str, Stacks]) -> None:
    data = configured["nat instance"].data
    ((id_, instance),) = data.of_type("AWS::EC2::Instance").items()
    assert instance["ImageId"] == "ami-0123456789abcdef0"
    assert data.resources[id_]["CreationPolicy"]["ResourceSignal"] == {"Count": 1, "Timeout": "PT10M"}
    script = str(instance["UserData"])
    assert "cfn-signal" in script
    assert id_ in script
    for check, action in (("System", "recover"), ("Instance", "reboot")):
        (alarm,) = (
            each
            for each in data.of_type("AWS::CloudWatch::Alarm").values()
            if each["MetricName"] == f"StatusCheckFailed_{check}"
        )
        assert alarm["Dimensions"] == [{"Name": "InstanceId", "Value": {"Ref": id_}}]
        assert f"ec2:{action}" in str(alarm["AlarmActions"])


def may(app: Template, action: str) -> dict[str, list[str]]:
    """What each role may do this with, by the policy's logical id."""
    return {
        id_: [str(statement["Resource"]) for statement in statements]
        for id_, policy in app.of_type("AWS::IAM::Policy").items()
        if (statements := [each for each in policy["PolicyDocument"]["Statement"] if action in str(each["Action"])])
    }


def test_only_who_mails_may_use_ses_by_its_sender_and_configuration_set(configured: Mapping[str, Stacks]) -> None:
    assert may(configured["usual"].app, "ses:") == {}
    allowed = may(configured["nat instance"].app, "ses:SendEmail")
    assert any("delivere" in id_.lower().replace("-", "") for id_ in allowed)
    assert not any("enqueue" in id_.lower() or "mobilepush" in id_.lower() for id_ in allowed)
    for resources in allowed.values():
        for name in ("identity/owls@example.com", "identity/example.com", "configuration-set/owls"):
            assert any(name in resource for resource in resources)


def test_the_worker_of_mail_alone_asks_ses_whether_it_lets_us_send(configured: Mapping[str, Stacks]) -> None:
    app = configured["nat instance"].app
    for action in ("ses:GetAccount", "ses:GetEmailIdentity"):
        (id_,) = may(app, action)
        assert "delivere" in id_.lower().replace("-", "")
    (identities,) = may(app, "ses:GetEmailIdentity").values()
    assert "identity/owls@example.com" in str(identities)
    assert "identity/example.com" in str(identities)


def test_the_rights_to_ses_are_those_that_code_calls(configured: Mapping[str, Stacks]) -> None:
    usual, by_ses = (set(all_actions(configured[name].app)) for name in ("usual", "nat instance"))
    assert by_ses - usual == set(SES_CALLS.values())


def all_actions(app: Template) -> Iterator[str]:
    for policy in app.of_type("AWS::IAM::Policy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            named = statement["Action"]
            yield from [named] if isinstance(named, str) else named


def test_a_nat_gateway_is_watched(configured: Mapping[str, Stacks]) -> None:
    data = configured["usual"].data
    (gateway,) = data.of_type("AWS::EC2::NatGateway")
    (alarm,) = data.of_type("AWS::CloudWatch::Alarm").values()
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/NATGateway", "ErrorPortAllocation")
    assert alarm["Dimensions"] == [{"Name": "NatGatewayId", "Value": {"Ref": gateway}}]


def test_without_a_way_out_each_deployment_says_that_no_mail_goes(configured: Mapping[str, Stacks]) -> None:
    def said(name: str) -> bool:
        folder = configured[name].folder
        return any("no mail can be sent" in file.read_text(encoding="utf-8") for file in folder.glob("*.json"))

    assert [name for name in CONFIGURATIONS if said(name)] == ["ipv6 only"]


@pytest.mark.parametrize("mail", [{"sender": "owls@example.com"}, {"environment": {"EMAIL_FROM": "owls@example.com"}}])
def test_a_sender_without_a_way_out_is_refused(mail: dict[str, Any]) -> None:
    for sender in ({}, {"MAIL_SENDER": "resend"}, {"MAIL_SENDER": "smtp"}):
        asked = {**mail, "environment": {**mail.get("environment", {}), **sender}}
        with pytest.raises(ValueError, match="egress: ipv6-only has no way to Resend"):
            Configuration.from_context({"egress": "ipv6-only", **asked})
    assert Configuration.from_context({"egress": "ipv6-only", "vpc": VPC, **mail}).egress == "ipv6-only"


def test_the_password_of_a_mail_server_has_a_secret_where_mail_goes_by_smtp(configured: Mapping[str, Stacks]) -> None:
    told = {name: any(output == "SecretSmtp" for output in stacks.data.outputs) for name, stacks in configured.items()}
    assert [name for name, has in told.items() if has] == ["webhooks, mail by SMTP"]


def test_mail_by_ses_needs_no_other_way_out(configured: Mapping[str, Stacks]) -> None:
    """Each function in the VPC asks AWS by IPv6; that SES has such hosts is held by the pinned botocore."""
    functions = configured["ipv6 only, mail by SES"].app.by("AWS::Lambda::Function", "FunctionName").values()
    mailing = [each for each in functions if each["Environment"]["Variables"].get("MAIL_SENDER") == "ses"]
    assert mailing
    for each in mailing:
        assert ("VpcConfig" in each) == ("AWS_USE_DUALSTACK_ENDPOINT" in each["Environment"]["Variables"])


def test_functions_ask_for_ipv6_only_where_the_subnets_have_it(configured: Mapping[str, Stacks]) -> None:
    def asked(name: str) -> set[bool]:
        functions = configured[name].app.by("AWS::Lambda::Function", "FunctionName").values()
        return {each["VpcConfig"].get("Ipv6AllowedForDualStack", False) for each in functions if "VpcConfig" in each}

    assert asked("usual") == asked("existing network") == {True}
    assert asked("existing database by iam") == {False}


def test_a_domain_of_its_own_is_the_only_door(configured: Mapping[str, Stacks]) -> None:
    def closed(name: str) -> bool:
        (api,) = configured[name].app.of_type("AWS::ApiGatewayV2::Api").values()
        return bool(api.get("DisableExecuteApiEndpoint"))

    assert {name for name in CONFIGURATIONS if closed(name)} == {
        name for name, each in CONFIGURATIONS.items() if "domain" in each
    }


def test_what_starts_from_a_snapshot_is_entered_by_its_alias(configured: Mapping[str, Stacks]) -> None:
    """A snapshot is of a published version: who calls the function by its bare name starts cold."""
    app = configured["newest nat instance, standby"].app
    functions = app.by("AWS::Lambda::Function", "FunctionName")
    assert {name for name, each in functions.items() if "SnapStart" in each} == {"owlpost-api", "owlpost-enqueue"}
    aliases = set(app.of_type("AWS::Lambda::Alias"))
    assert len(aliases) == 2
    integrations = [str(each["IntegrationUri"]) for each in app.of_type("AWS::ApiGatewayV2::Integration").values()]
    sources = [str(each["FunctionName"]) for each in app.of_type("AWS::Lambda::EventSourceMapping").values()]
    for alias in aliases:
        assert any(f"'{alias}'" in each for each in (*integrations, *sources))
    assert not any(
        "Functionsowlpostapi" in each and not any(alias in each for alias in aliases) for each in integrations
    )
    assert not configured["usual"].app.of_type("AWS::Lambda::Alias")


#: Of the world, so the same for whoever asks: a domain, its zone, and the one stage that an API may have without a path.
OF_THE_WORLD = {"AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::Stage", "AWS::CertificateManager::Certificate"}
OF_THE_WORLD |= {"AWS::Route53::RecordSet"}


def names(template: Template) -> set[str]:
    """All that is named in the account, or in an account's region."""
    return {
        f"{resource['Type']} {resource['Properties'][name]}"
        for resource in template.resources.values()
        if resource["Type"] not in {*OF_THE_WORLD, "AWS::CDK::Metadata"}
        for name in identifiers(resource["Type"]) | {"Name"}
        if isinstance(resource.get("Properties", {}).get(name), str)
    }


def test_two_installations_in_one_account_share_no_name(configured: Mapping[str, Stacks]) -> None:
    one, other = configured["usual"], configured["prefix and domain"]
    for stack in ("app", "data"):
        assert names(getattr(one, stack)).isdisjoint(names(getattr(other, stack)))
        named = names(getattr(other, stack))
        assert {name for name in named if not re.search(r"[ /]owls(-|$| )", name)} == set()
        assert all(each["Export"]["Name"].startswith("owls-") for each in exports(getattr(other, stack)))
        # Nor does a role, a policy or a variable name what is the first one's.
        assert "owlpost-" not in json.dumps(getattr(other, stack).resources)
    kinds = {name.partition(" ")[0].rpartition("::")[2] for name in names(one.app) | names(one.data)}
    assert kinds == {"Alarm", "Api", "Dashboard", "Function", "LogGroup", "Queue", "Schedule", "Topic"}


def exports(template: Template) -> list[Mapping[str, Any]]:
    return [each for each in template.outputs.values() if "Export" in each]


def test_every_log_is_kept_for_as_long_as_the_setting_says(configured: Mapping[str, Stacks]) -> None:
    """Of functions, of the API, of the CDK's own functions, and of the database."""
    stacks = configured["prefix and domain"]
    for template, fewest in ((stacks.app, len(topology().functions) + 2), (stacks.data, 2)):
        kinds = ("AWS::Logs::LogGroup", "Custom::LogRetention")
        days = [each["RetentionInDays"] for kind in kinds for each in template.of_type(kind).values()]
        assert set(days) == {90}
        assert len(days) >= fewest


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_nothing_that_is_kept_has_a_fixed_name_in_any(configured: Mapping[str, Stacks], name: str) -> None:
    stacks = configured[name]
    assert [*fixed_names(stacks.app), *fixed_names(stacks.data)] == []


def test_two_installations_count_each_for_itself(configured: Mapping[str, Stacks]) -> None:
    """What its functions write is what its alarms watch."""
    for name, prefix in (("usual", "owlpost"), ("prefix and domain", "owls")):
        app = configured[name].app
        functions = app.by("AWS::Lambda::Function", "FunctionName").values()
        assert {each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for each in functions} == {prefix}
        watched = {
            dimension["Value"]
            for alarm in app.of_type("AWS::CloudWatch::Alarm").values()
            for metric in [alarm, *(each.get("MetricStat", {}).get("Metric", {}) for each in alarm.get("Metrics", ()))]
            for dimension in metric.get("Dimensions", ())
            if dimension["Name"] == "service"
        }
        assert watched == {prefix}


@pytest.mark.parametrize("prefix", ["Owls", "1owl", "owls_", "o" * 21, ""])
def test_a_prefix_that_cannot_begin_every_name_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        Configuration.from_context({"prefix": prefix})
