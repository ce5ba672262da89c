"""A canary is there only where somebody has chosen it, and costs what it costs."""

from infra.cost.assumptions import HOURS
from infra.cost.bill import bill
from infra.cost.choices import CANARIES, choices
from infra.cost.installation import Installation
from infra.topology.canary import as_chosen, with_canary
from infra.topology.plan import topology
from owlpost.domain.canary import EVERY, VARIABLES
from owlpost.settings import Settings
from owlpost.settings_canary import CanarySettings

ASKED = {"CANARY_EMAIL": "canary@owl.example", "CANARY_PUSH_TOKEN": "ca"}


def test_nobody_has_a_canary_who_did_not_ask_for_one() -> None:
    plan = topology()
    assert as_chosen(plan, {"CANARY_WITHIN_MINUTES": "3", "CANARY_EMAIL": ""}) is plan
    assert plan.canary == ()
    assert "canary" not in {*(each.name for each in plan.functions), *(each.name for each in plan.schedules)}


def test_the_topology_and_the_function_agree_about_which_channels_have_a_canary() -> None:
    for variables in ({}, *({each: ASKED[each]} for each in VARIABLES.values()), ASKED):
        assert as_chosen(topology(), variables).canary == Settings(variables).canary.channels


def test_who_asks_for_one_gets_a_schedule_of_the_time_that_its_alarm_reckons_with() -> None:
    plan = as_chosen(topology(), ASKED)
    (schedule,) = (each for each in plan.schedules if each.function == "canary")
    assert schedule.expression == f"rate({EVERY.total_seconds() / 60:.0f} minutes)"
    longest = max(CanarySettings.model_fields["within_minutes"].metadata, key=lambda each: hasattr(each, "le")).le
    assert longest * 60 < EVERY.total_seconds(), "each is judged before the next is sent"


def test_the_function_may_send_to_its_own_channels_and_sees_no_key_of_a_provider() -> None:
    plan = with_canary(topology(), ("email",))
    function = plan.function("canary")
    assert function.sends == ("email", "wakeup")
    assert plan.secrets_of(function) == ()


def test_a_canary_keeps_the_database_awake_and_the_bill_says_so() -> None:
    plan = Installation()
    with_one = choices(plan)["a canary every ten minutes"]
    assert bill(plan, 0).awake_hours < 0.3 * HOURS
    assert bill(with_one, 0).awake_hours > 0.85 * HOURS
    assert bill(with_one, 0).total > bill(plan, 0).total + 20
    assert with_canary(with_one.topology, CANARIES) == with_one.topology, "who has one is not charged for two"
