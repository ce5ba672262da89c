"""Each command of the operator either only reads, or is an act that the audit trail names."""

from typing import get_args

from owlpost.domain.commands import Command
from owlpost.domain.security import OPERATOR_ACTS

ONLY_READ = {
    "deliveries",
    "explain_person",
    "explain_delivery",
    "people",
    "now",
    "requests",
    "top",
    "devices",
    "dead_letters",
    "dead_letter",
    "save_dead_letters",
    "audit",
    "suppressions",
    "security",
    "holds",
}


def test_each_command_is_an_act_or_only_reads() -> None:
    names = {get_args(model.model_fields["command"].annotation)[0] for model in get_args(Command)}
    assert names == ONLY_READ | OPERATOR_ACTS
    assert not ONLY_READ & OPERATOR_ACTS
