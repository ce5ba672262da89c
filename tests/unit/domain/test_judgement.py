"""When, and whether: the order of the rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.judgement import SEND, Facts, Held, Judgement, Never, Wait, judge, judge_called, judge_new
from owlpost.domain.preferences import decide
from owlpost.domain.reasons import Reason
from owlpost.domain.types import NotificationType

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
times = st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=2)).map(lambda delta: AT + delta)
switches = st.none() | st.sampled_from([Reason.PREFERENCE_OFF, Reason.DEFAULT_OFF, Reason.PROJECT_OFF])
FLAGS = ("recalled", "held", "user_gone", "deleted", "read", "left_team", "no_address", "suppressed", "mandatory")
facts = st.builds(
    Facts,
    at=st.just(AT),
    switched_off=switches,
    paused_until=times,
    quiet_until=times,
    not_before=times,
    unread_until=times,
    **{name: st.booleans() for name in FLAGS},
)
judgements = st.sampled_from([SEND, Held(), Never(Reason.RECALLED), Never(Reason.READ), Wait(AT, Reason.NOT_BEFORE)])


@given(facts=facts)
def test_a_recall_beats_all_and_a_hold_all_else(facts: Facts) -> None:
    assert judge(replace(facts, recalled=True)) == Never(Reason.RECALLED)
    assert judge(replace(facts, recalled=False, held=True)) == Held()


@given(facts=facts)
def test_a_wait_ends_in_the_future_and_at_its_end_another_rule_decides(facts: Facts) -> None:
    judgement = judge(facts)
    if isinstance(judgement, Wait):
        assert judgement.until > AT
        later = judge(replace(facts, at=judgement.until))
        assert not isinstance(later, Wait) or later.rule != judgement.rule


@given(facts=facts)
def test_a_mandatory_type_passes_pause_and_quiet_hours_and_nothing_else(facts: Facts) -> None:
    judgement = judge(replace(facts, mandatory=True))
    assert judgement == judge(replace(facts, mandatory=True, paused_until=None, quiet_until=None))
    assert judgement == judge(replace(facts, mandatory=False, paused_until=None, quiet_until=None))


@given(facts=facts)
def test_a_new_delivery_that_a_preference_forbids_is_not_held_first(facts: Facts) -> None:
    expected: Judgement = Never(facts.switched_off) if facts.switched_off else judge(facts)
    assert judge_new(facts) == expected


@given(members=st.lists(judgements, min_size=1, max_size=6))
def test_a_called_batch_goes_on_whole_or_stays_whole(members: list[Judgement]) -> None:
    assert len({*judge_called(members)}) == 1
    assert len(judge_called(members)) == len(members)
    if SEND in members:
        assert judge_called(members)[0] == SEND


def test_a_mandatory_type_cannot_be_switched_off_on_its_default_channels() -> None:
    kind = NotificationType("key.revoked", "", "", default_on=("email",), mandatory=True)
    nothing = {"notifications": {"types": {"key.revoked": {"email": False, "mobile_push": False}}}}
    assert decide(nothing, kind, "email").on
    assert not decide(nothing, kind, "mobile_push").on


def test_a_channel_that_is_off_as_a_whole_is_off_but_for_what_is_mandatory() -> None:
    said = {
        "channels": {"email": False, "mobile_push": True},
        "types": {"feedback.new": {"email": True, "mobile_push": False}},
        "projects": {"atlas": {"*": {"email": True}}},
    }
    kind = NotificationType("feedback.new", "", "", default_on=("email",))
    mandatory = NotificationType("key.revoked", "", "", default_on=("email",), mandatory=True)
    assert decide({"notifications": said}, kind, "email", "atlas").rule == "channel_off"
    assert decide({"notifications": said}, kind, "mobile_push").rule == "preference_off"
    assert decide({"notifications": said}, mandatory, "email").rule == "mandatory"


def test_a_choice_for_the_project_wins_over_the_one_for_the_type() -> None:
    kind = NotificationType("feedback.new", "", "", default_on=("email",))
    said = {
        "types": {"feedback.new": {"email": False}},
        "projects": {
            "atlas": {"*": {"email": True}},
            "bosun": {"feedback.new": {"email": True}, "*": {"email": False}},
        },
    }
    rules = {name: decide({"notifications": said}, kind, "email", name).rule for name in ("atlas", "bosun", "cargo")}
    assert rules == {"atlas": "project_on", "bosun": "project_on", "cargo": "preference_off"}
