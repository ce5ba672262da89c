"""The contract for machines says what the models say: no more, and no less than a schema can."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jsonschema_rs import Draft202012Validator, meta

from infra.cli.main import main
from infra.local.laptop.facts import EXAMPLES, FACTS
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.requests import EnqueueRequest, EnqueueResult
from owlpost.domain.types import configurable_types
from owlpost.producers import contract, happenings
from owlpost.producers.happenings import HAPPENINGS, FactResult, Happened

KEPT = Path(__file__).parents[3] / "clients" / "owlpost.schema.json"
SCHEMA = contract.schema()
SENT = Draft202012Validator(SCHEMA, validate_formats=True)


def definition(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def take(value: Any) -> None:
    """Check as enqueue does."""
    if kind_of(value) is MessageKind.FACT:
        happenings.announce(Happened.from_json(value))
    else:
        EnqueueRequest.from_json(value)


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def test_the_kept_schema_is_that_of_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == KEPT.read_text(encoding="utf-8"), "`owlpost schema > clients/owlpost.schema.json`"


def test_it_is_a_schema_and_every_reference_leads_somewhere() -> None:
    meta.validate(SCHEMA)
    named = set(json.dumps(SCHEMA).split('"#/$defs/')[1:])
    assert {each.partition('"')[0] for each in named} <= set(SCHEMA["$defs"])


def test_types_and_happenings_are_listed() -> None:
    assert SCHEMA["$defs"]["EnqueueRequest"]["properties"]["type"]["enum"] == [
        each.key for each in configurable_types()
    ]
    constants = [each["properties"].get("happened", {}).get("const") for each in SCHEMA["$defs"].values()]
    assert {each for each in constants if each} == set(HAPPENINGS)


@pytest.mark.parametrize("file", [*EXAMPLES.glob("*.json"), *FACTS.glob("*.json")], ids=lambda file: file.stem)
def test_whatever_can_be_sent_is_valid(file: Path) -> None:
    SENT.validate(read(file))
    take(read(file))


def request(**changes: object) -> dict[str, object]:
    return {"type": "feedback.new", "recipients": {"user_ids": [str(uuid4())]}, "title": "Hello", **changes}


def fact(**changes: object) -> dict[str, Any]:
    content: dict[str, Any] = read(FACTS / "ratings_sync.json")
    return {**content, "fact": {**content["fact"], **changes}}


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        request(type="system.alert"),
        request(type="team.invitation"),
        request(title=""),
        request(title="a" * 201),
        request(title=None),
        request(body="a" * 10_001),
        request(link=""),
        request(link="a" * 2_001),
        request(data=[]),
        request(idempotency_key=""),
        request(idempotency_key="k" * 256),
        request(producer="a b"),
        request(surprise=1),
        request(recipients={}),
        request(recipients={"user_ids": [], "team_id": str(uuid4())}),
        request(recipients={"user_ids": ["nobody"]}),
        request(recipients={"user_ids": [str(uuid4())] * 10_001}),
        request(recipients={"team_id": str(uuid4()), "roles": []}),
        request(recipients={"team_id": str(uuid4()), "roles": ["king"]}),
        request(type="issue.digest", data={"issues": []}),
        request(type="job.completed", data={}),
        {"happened": "rating_synced", "fact": {}},
        {"happened": "feedback_submitted", "fact": fact()["fact"]},
        {"happened": "ratings_synced", "fact": {}},
        {**fact(), "idempotency_key": "mine"},
        {**fact(), "producer": "a b"},
        fact(app=None),
        fact(before={"us": -1}),
        fact(average_rating=6),
        fact(surprise=1),
    ],
)
def test_what_the_schema_refuses_enqueue_refuses_too(value: Any) -> None:
    assert not SENT.is_valid(value)
    with pytest.raises(InvalidRequest):
        take(value)


RESULT = EnqueueResult(request_id=uuid4(), notifications=2, deliveries={"email": 2})


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("EnqueueResult", RESULT),
        ("EnqueueResult", EnqueueResult(message="The audience is empty: nothing was written.")),
        ("FactResult", FactResult(happened="ratings_synced", requests=(RESULT,))),
        ("FactResult", FactResult(happened="ratings_synced", silent="first sync")),
    ],
)
def test_answers_are_as_the_schema_says_and_name_nothing_that_it_does_not(name: str, answer: Any) -> None:
    written = answer.model_dump(mode="json", exclude_none=True)
    definition(name).validate(written)
    said = SCHEMA["$defs"][name]
    assert set(said["required"]) <= set(written) <= set(said["properties"])
