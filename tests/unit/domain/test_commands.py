"""Each command of the operator either only reads, or is an act that the audit trail names."""

from typing import get_args

import pytest

from owlpost.domain.commands import Command, parse
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.security import OPERATOR_ACTS

ONLY_READ = {
    "deliveries",
    "explain_person",
    "explain_delivery",
    "explain_rooms",
    "people",
    "now",
    "check_installation",
    "rates",
    "requests",
    "top",
    "devices",
    "destinations",
    "person",
    "dead_letters",
    "dead_letter",
    "save_dead_letters",
    "audit",
    "suppressions",
    "security",
    "journal",
    "estimate",
    "holds",
}


def test_each_command_is_an_act_or_only_reads() -> None:
    names = {get_args(model.model_fields["command"].annotation)[0] for model in get_args(Command)}
    assert names == ONLY_READ | OPERATOR_ACTS
    assert not ONLY_READ & OPERATOR_ACTS


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"command": "requests", "type": "feedback\0new"}, "type"),
        ({"command": "explain_person", "user": "ada\ud800", "type": "feedback.new"}, "user"),
        ({"command": "discard_dead_letters", "queue": "email", "ids": ["a\0"]}, "ids.0"),
    ],
)
def test_text_that_postgres_cannot_store_is_refused_by_its_field(event: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        parse(event)
    assert refused.value.field == field
