"""The deployment's document names assertions; they must exist, or its security posture is held by nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.aws.configuration import Configuration, ExistingDatabase, Retention
from infra.cost.bill import bill
from infra.cost.choices import choices
from infra.cost.installation import Installation
from infra.cost.page import VOLUMES, page
from infra.topology.model import physical_name
from owlpost.domain.queue_names import REQUESTS

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8")
POSTURE = DOCUMENT.partition("## Security posture")[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows(heading: str) -> list[list[str]]:
    """Cells of the table below a heading."""
    section = DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]


def test_every_setting_is_documented_and_no_other() -> None:
    named = {name for row in rows("Settings")[2:] for name in re.findall(r"`(\w+)`", row[0])}
    assert named == set(Configuration.model_fields)


def test_every_setting_of_retention_and_of_an_existing_database_is_documented() -> None:
    names = {*Retention.model_fields, *ExistingDatabase.model_fields}
    assert {name for name in names if f'"{name}"' not in DOCUMENT} == set()


def test_the_bill_is_what_is_computed() -> None:
    """Who changes what a month costs says so in the document: `make pages`."""
    assert page(DOCUMENT) == DOCUMENT
    said = {row[0]: row[1:] for row in rows("What it costs")}
    for column, volume in enumerate(VOLUMES):
        assert said["**total**"][column] == f"**{bill(Installation(), volume).total:,.2f}**"
    assert {f"*{name}*" for name in choices(Installation())} - said.keys() == {"*as configured*"}


@pytest.mark.parametrize(("file", "test"), sorted(set(NAMED.findall(POSTURE))))
def test_every_assertion_that_the_posture_names_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (REPOSITORY / file).read_text(encoding="utf-8")


def test_every_point_of_the_posture_names_an_assertion() -> None:
    rows = [line for line in POSTURE.splitlines() if line.startswith("| ") and not line.startswith("| Point")]
    assert len(rows) > 10
    assert [row for row in rows if not NAMED.search(row)] == []


PROVEN = rows("What is proven, and where")[2:]


@pytest.mark.parametrize("claim", PROVEN, ids=lambda claim: claim[0])
def test_each_claim_names_where_it_is_proven_or_that_only_an_account_can_tell(claim: list[str]) -> None:
    assert any(claim[1:])
    for cell in claim[1:]:
        for file in re.findall(r"`(tests/[\w/]+\.py)`", cell):
            assert (REPOSITORY / file).is_file(), file


def samples() -> list[dict[str, Any]]:
    """The policies that the page shows for who may call what."""
    section = DOCUMENT.partition("## Who may call what\n")[2].partition("\n## ")[0]
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", section, re.DOTALL)]


def test_the_sample_policies_let_a_producer_enqueue_and_an_operator_with_a_second_factor_operate() -> None:
    producer, operator = ({each["Action"]: each for each in sample["Statement"]} for sample in samples())
    assert producer.keys() == {"lambda:InvokeFunction", "sqs:SendMessage"}
    enqueue = f"arn:aws:lambda:REGION:ACCOUNT:function:{physical_name('enqueue')}"
    assert producer["lambda:InvokeFunction"]["Resource"] == [enqueue, f"{enqueue}:live"]
    assert producer["sqs:SendMessage"]["Resource"] == f"arn:aws:sqs:REGION:ACCOUNT:{physical_name(REQUESTS)}"
    (invoke,) = operator.values()
    assert invoke["Action"] == "lambda:InvokeFunction"
    assert invoke["Resource"] == f"arn:aws:lambda:REGION:ACCOUNT:function:{physical_name('operate')}"
    assert invoke["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
