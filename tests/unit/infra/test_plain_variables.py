"""Each setting that an operator may choose can be chosen by a deployment, or it is said why not."""

import pytest

from infra.aws.configuration import Configuration
from infra.aws.plain_variables import NOT_HERE, may_be_set
from infra.environment import function_environment
from infra.environment_page import chosen_names
from infra.topology.plan import topology
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS


def readers(name: str) -> list[str]:
    """The functions to which a deployment hands the variable on, by the rule of the stack."""
    channels = ",".join(OPTIONAL_CHANNELS)
    value = {"CHANNELS": channels, "BRAND_COLOUR": "#ffd200", "BRAND_LOGO": "https://x.example/a.png"}.get(name, "x")
    configuration = Configuration.from_context({"environment": {"CHANNELS": channels, name: value}})
    given = {
        each.name: function_environment(each, shared={}, queue_urls={}, settings=configuration.variables)
        for each in topology(configuration.channels).functions
    }
    return [function for function, environment in given.items() if environment.get(name) == value]


@pytest.mark.parametrize("name", sorted(may_be_set()))
def test_a_setting_that_a_deployment_takes_reaches_a_function(name: str) -> None:
    assert readers(name)


def test_a_setting_that_a_deployment_does_not_take_says_why() -> None:
    assert chosen_names() == may_be_set() | (NOT_HERE.keys() & chosen_names())
    assert NOT_HERE.keys() - chosen_names() == {"DATABASE_PASSWORD"}
    assert all(NOT_HERE.values())


@pytest.mark.parametrize("name", sorted(NOT_HERE))
def test_what_is_set_in_another_way_is_refused_with_that_way(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Configuration.from_context({"environment": {name: "x"}})


@pytest.mark.parametrize("name", ["BRAKE_PER_PRODUCER", "BRAKE_PER_PERSON"])
def test_the_brake_is_set_by_a_deployment_for_all_who_brake(name: str) -> None:
    assert {"enqueue", "operate", "digest"} <= set(readers(name))


def test_a_slip_of_the_pen_is_refused_with_what_was_meant() -> None:
    with pytest.raises(ValueError, match="BRAKE_PER_PRODUCR: no function reads it; did you mean BRAKE_PER_PRODUCER"):
        Configuration.from_context({"environment": {"BRAKE_PER_PRODUCR": "60"}})


@pytest.mark.parametrize(("name", "value"), [("COLOUR", "red"), ("LOGO", "http://x.example/a.png"), ("NAME", "<b>")])
def test_a_brand_that_is_none_is_refused_when_the_stack_is_made_not_at_a_cold_start(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"environment: BRAND_{name}: must be"):
        Configuration.from_context({"environment": {f"BRAND_{name}": value}})
    Configuration.from_context({"environment": {"BRAND_NAME": "Falcon & Co", "BRAND_COLOUR": "#ffd200"}})


def test_a_setting_of_a_channel_that_is_not_switched_on_is_refused_with_how_to() -> None:
    with pytest.raises(ValueError, match="WEBHOOK_INSIDE: no function reads it, as CHANNELS does not name webhook"):
        Configuration.from_context({"environment": {"WEBHOOK_INSIDE": "hooks.internal:443"}})
    Configuration.from_context({"environment": {"WEBHOOK_INSIDE": "a.b:443", "CHANNELS": "webhook"}})


def test_a_channel_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="CHANNELS: 'fax' is none of webhook"):
        Configuration.from_context({"environment": {"CHANNELS": "fax"}})
