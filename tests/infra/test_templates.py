"""What linters say of the templates: nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.templates.linting import cfn_lint


@pytest.mark.takes_long("cfn-lint reads the whole specification of AWS's resources")
def test_cfn_lint_has_nothing_to_say(assembly: Path) -> None:
    told = cfn_lint(*assembly.glob("*.template.json"))
    assert (told.returncode, told.stdout) == (0, "")


def nag_reports(assembly: Path) -> list[Any]:
    """What cdk-nag reports; the CDK's own annotations stand in the same file."""
    reports = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))["pluginReports"]
    return [report for report in reports if report["pluginName"] in {"AwsSolutions", "Serverless"}]


def test_cdk_nag_has_looked_at_both_stacks_and_found_nothing(assembly: Path) -> None:
    told = nag_reports(assembly)
    assert [(each["pluginName"], each["conclusion"], each["violations"]) for each in told] == [
        ("AwsSolutions", "success", []),
        ("Serverless", "success", []),
    ]
    looked_at = {
        path["constructPath"].split("/")[0]
        for each in told
        for found in each["suppressedViolations"]
        for path in found["violatingConstructs"]
    }
    assert looked_at == {"owlpost-app", "owlpost-data"}


def test_every_rule_that_is_set_aside_says_why(assembly: Path) -> None:
    told = nag_reports(assembly)
    assert all(len(found["reason"].split()) > 8 for each in told for found in each["suppressedViolations"])
