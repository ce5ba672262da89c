"""Doubts the provider when too many tokens are dead: see `owlpost.domain.mass_death`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from owlpost.channels.mobile_push.verdict import Push, PushVerdict
from owlpost.channels.per_destination import TargetOutcome
from owlpost.domain.errors import TransientFault
from owlpost.domain.mass_death import Deaths, Tally, is_confirmed
from owlpost.domain.reasons import Reason

#: The provider says that it knows the token and that it is dead. Other reasons may be the fault of our settings.
PROVIDERS_WORD = frozenset({"Unregistered", "ExpiredToken", "UNREGISTERED"})
PAUSE_SECONDS = 60.0


def guard(platform: str, pushes: Sequence[Push], *, recent: Tally, now: datetime) -> Deaths:
    """Judge the deaths of one provider's pushes. If they are too many, make their verdicts transient: the devices stay."""
    judged = [push for push in pushes if push.verdict and push.verdict.status and not push.verdict.fault]
    deaths = [push for push in judged if _is_first_death(push, now)]
    tally = Tally(len(judged), len(deaths))
    if not deaths or not (recent + tally).is_mass_death:
        return Deaths(platform, tally)
    for push in deaths:
        push.verdict = push.verdict and _doubted(push.verdict)
    return Deaths(platform, tally, tuple(dict.fromkeys(push.device.id for push in deaths)))


def _is_first_death(push: Push, now: datetime) -> bool:
    verdict = push.verdict
    if verdict is None or verdict.outcome is not TargetOutcome.DEAD:
        return False
    return verdict.reason not in PROVIDERS_WORD or not is_confirmed(push.device.doubted_at, now)


def _doubted(verdict: PushVerdict) -> PushVerdict:
    fault = TransientFault(Reason.MASS_DEAD_TOKENS, retry_after=PAUSE_SECONDS, counts=False)
    return replace(verdict, outcome=TargetOutcome.TRANSIENT, reason=fault.reason, fault=fault, dead_since=None)
