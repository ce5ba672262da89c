"""Run `owlpost doctor`: on this machine, or with --aws in the account."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import boto3

from infra.aws.configuration import KEY, Configuration
from infra.cli.doctor_account import Account
from infra.cli.doctor_aws import look
from infra.cli.doctor_laptop import look_at_laptop
from infra.cli.errors import NOT_FOUND, OK, BadInput
from infra.cli.output import say
from owlpost.domain.findings import Finding

CDK_JSON = Path(__file__).parents[2] / "cdk.json"


def doctor(options: argparse.Namespace) -> int:
    """Print the findings. Return 1 if any of them keeps Owlpost from working. Raises BadInput without a region."""
    findings = _look_at_aws(options) if options.aws else look_at_laptop(options.data_dir)
    if options.json:
        print(json.dumps([asdict(each) for each in findings], indent=2))
    else:
        show(findings)
    return NOT_FOUND if any(each.level == "wrong" for each in findings) else OK


def _look_at_aws(options: argparse.Namespace) -> list[Finding]:
    session = boto3.Session()
    if session.region_name is None:
        raise BadInput("set AWS_REGION: it says which region to look at")
    context = json.loads(CDK_JSON.read_text(encoding="utf-8"))["context"]
    configuration = Configuration.from_context(context.get(KEY))
    if options.prefix:
        configuration = configuration.model_copy(update={"prefix": options.prefix})
    print(f"owlpost: on AWS, in {session.region_name}, {configuration.prefix}-data and -app", file=sys.stderr)
    return look(Account(session, configuration))


def show(findings: list[Finding]) -> None:
    """Print findings, each with its remedy."""
    marks = {"good": "ok", "note": "-", "unknown": "?", "wrong": "!"}
    for each in findings:
        say(f"{marks[each.level]:>2}  {each.subject}: {each.said}")
        if each.remedy:
            say(f"      {each.remedy}")
