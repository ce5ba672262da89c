"""The retry policy, as a pure decision: what failed, how often, how long ago → try again at, or give up."""

from collections.abc import Callable
from dataclasses import dataclass
from random import SystemRandom
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from owlpost.domain.errors import TransientFault


class RetryBounds(BaseModel):
    """How long a delivery is tried, in attempts and seconds; the topology sets it for each channel."""

    model_config = ConfigDict(frozen=True)

    max_attempts: int = 8
    base_seconds: float = 15.0
    cap_seconds: float = 900.0
    #: An outage shorter than this loses nothing: attempts alone do not end a delivery that is younger.
    patience_seconds: float = 3_600.0
    #: Past this age a transient fault ends the delivery, however few the attempts.
    deadline_seconds: float = 86_400.0


@dataclass(frozen=True, slots=True)
class TryAgain:
    delay_seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


Decision: TypeAlias = TryAgain | GiveUp


def full_jitter(ceiling: float) -> float:
    """Anything from nothing to the ceiling, so that what failed together does not come back together."""
    return SystemRandom().uniform(0, ceiling)


def decide(
    fault: TransientFault, *, attempts: int, age_seconds: float, bounds: RetryBounds, jitter: Callable[[float], float]
) -> Decision:
    """Decide after the `attempts`-th counted attempt on a delivery that is `age_seconds` old.

    The delay is exponential with full jitter: `jitter(ceiling)` draws from 0 to `ceiling` seconds. A provider's
    `Retry-After` is a lower bound, and is spread by the same jitter so that a batch does not come back as one.
    """
    if age_seconds >= bounds.deadline_seconds:
        return GiveUp("deadline_exceeded")
    if attempts >= bounds.max_attempts and age_seconds >= bounds.patience_seconds:
        return GiveUp("attempts_exhausted")
    doublings = min(max(attempts - 1, 0), 30)
    ceiling = min(bounds.cap_seconds, bounds.base_seconds * 2**doublings)
    delay = (fault.retry_after or 0.0) + jitter(ceiling)
    return TryAgain(delay_seconds=delay)
