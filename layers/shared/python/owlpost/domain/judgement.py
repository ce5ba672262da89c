"""When, and whether: the one judgement of a delivery, at the fan-out and again at each claim.

`db.judgement` says the same in SQL. The first rule that applies decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Send:
    """Nothing is in the way."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not before `until`. Waiting uses up no attempt and no age."""

    until: datetime
    rule: Reason


@dataclass(frozen=True, slots=True)
class Held:
    """An operator's hold stops it, until it is let go."""

    rule: Reason = Reason.HELD


@dataclass(frozen=True, slots=True)
class Never:
    """It ends `skipped` by this rule. At the fan-out, a preference that says no leaves no row at all."""

    rule: Reason


Judgement: TypeAlias = Send | Wait | Held | Never
SEND = Send()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rules look at. A time that is None, or is past, is no obstacle."""

    at: datetime
    #: Unless it is a push that is out, and goes once more with an operator's new words.
    recalled: bool = False
    #: By an operator, or by the brake on the request's producer.
    held: bool = False
    user_gone: bool = False
    deleted: bool = False
    read: bool = False
    left_team: bool = False
    no_address: bool = False
    suppressed: bool = False
    #: The installation has a guest list, and neither the person nor any of their devices is on it.
    not_a_guest: bool = False
    #: The rule of the preferences that switches it off, None if it is on.
    switched_off: Reason | None = None
    #: A mandatory type passes the person's pause and quiet hours, and the brake.
    mandatory: bool = False
    paused_until: datetime | None = None
    #: The person was told of the type as often in this hour as the brake allows: see `domain.brake`. At the fan-out alone.
    braked: bool = False
    quiet_until: datetime | None = None
    not_before: datetime | None = None
    #: Mail of the type waits until then, in case the person reads it in the inbox first.
    unread_until: datetime | None = None


def judge(facts: Facts) -> Judgement:
    """Return what becomes of a delivery now."""
    if facts.recalled:
        return Never(Reason.RECALLED)
    if facts.held:
        return Held()
    if (rule := _end(facts)) is not None:
        return Never(rule)
    return _timing(facts)


def judge_new(facts: Facts) -> Judgement:
    """Return what becomes of a delivery at the fan-out: what a preference forbids is not held first."""
    return Never(facts.switched_off) if facts.switched_off else judge(facts)


def judge_called(members: Sequence[Judgement]) -> list[Judgement]:
    """Return what becomes of the members of a frozen batch that a provider may have accepted already.

    It goes out unchanged or not at all, so it stays as long as one of its members may go.
    """
    if all(each == Never(Reason.RECALLED) for each in members):
        return list(members)
    stopped = all(each in {Held(), Never(Reason.RECALLED)} for each in members)
    return [Held() if stopped else SEND] * len(members)


def _end(facts: Facts) -> Reason | None:
    ends = (
        (facts.user_gone, Reason.USER_GONE),
        (facts.deleted, Reason.DELETED),
        (facts.read, Reason.READ),
        (facts.left_team, Reason.LEFT_TEAM),
        (facts.no_address, Reason.NO_ADDRESS),
        (facts.suppressed, Reason.SUPPRESSED),
        (facts.not_a_guest, Reason.NOT_ON_GUEST_LIST),
    )
    return next((rule for applies, rule in ends if applies), facts.switched_off)


def _timing(facts: Facts) -> Judgement:
    if not facts.mandatory and _is_ahead(facts.paused_until, facts.at):
        return Never(Reason.PAUSED)
    if facts.braked and not facts.mandatory:
        return Never(Reason.BRAKE)
    quiet_until = None if facts.mandatory else facts.quiet_until
    waits = (
        (quiet_until, Reason.QUIET_HOURS),
        (facts.not_before, Reason.NOT_BEFORE),
        (facts.unread_until, Reason.UNREAD_FIRST),
    )
    for until, rule in waits:
        if until is not None and until > facts.at:
            return Wait(until, rule)
    return SEND


def _is_ahead(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment > at
