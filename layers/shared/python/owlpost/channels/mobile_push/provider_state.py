"""Tells a fault of one token from a fault of our key, topic or project, which every token shares."""

from collections import Counter
from collections.abc import Sequence

from owlpost.channels.mobile_push.verdict import Push, operator_fault
from owlpost.channels.per_destination import TargetOutcome
from owlpost.domain.value import dataclass

#: Our topic or project is wrong if this many devices are called another app's and no push was accepted in between.
SHARED_BY = 5
#: Outcomes by which a provider has taken a call. A dead token is none: a provider that errs calls all of them dead.
TAKEN = frozenset({TargetOutcome.DELIVERED, TargetOutcome.REFUSED, TargetOutcome.SKIPPED})


class TopicWatch:
    """Watches the answers of one provider over all batches of a container."""

    def __init__(self) -> None:
        self._strangers: set[object] = set()

    def judge(self, pushes: Sequence[Push]) -> None:
        """Make "another app's token" the operator's fault if every device gets that answer. Else it stays with the device."""
        if any(push.verdict and push.verdict.outcome is TargetOutcome.DELIVERED for push in pushes):
            self._strangers.clear()
            return
        strangers = [push for push in pushes if push.verdict and push.verdict.other_app]
        if len(self._strangers) < SHARED_BY:
            self._strangers.update(push.device.id for push in strangers)
        if len(self._strangers) >= SHARED_BY:
            for push in strangers:
                push.verdict = push.verdict and operator_fault(push.verdict)


@dataclass(frozen=True, slots=True)
class ProviderState:
    """Whether a provider takes our calls: `refusal` is None if it does, else its reason code."""

    refusal: str | None = None


def provider_state(pushes: Sequence[Push]) -> ProviderState | None:
    """Return the state that the verdicts on one provider's pushes show; None if it gave no usable answer.

    One accepted push shows that the provider takes our calls, whatever else it said. If none was, and it refused our key or
    topic, no refusal counts as an attempt of its delivery.
    """
    refused = Counter(push.verdict.reason for push in pushes if push.verdict and push.verdict.misconfigured)
    usable = any(push.verdict and push.verdict.status and push.verdict.outcome in TAKEN for push in pushes)
    if refused and not usable:
        _count_no_attempt(pushes)
        return ProviderState(refused.most_common(1)[0][0] or "")
    return ProviderState() if usable else None


def _count_no_attempt(pushes: Sequence[Push]) -> None:
    for push in pushes:
        if push.verdict and push.verdict.misconfigured:
            push.verdict = operator_fault(push.verdict)
