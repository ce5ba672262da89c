"""The retry policy as a pure decision: from the fault, the attempts and the age to a delay, or to giving up."""

from collections.abc import Callable, Mapping
from random import SystemRandom
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from owlpost.domain.errors import TransientFault
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass


class RetryBounds(BaseModel):
    """How long a delivery is tried, in attempts and seconds; the topology sets it for each channel."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    max_attempts: int = 8
    base_seconds: float = 15.0
    cap_seconds: float = 900.0
    #: An outage shorter than this loses nothing: attempts alone do not end a delivery that is younger.
    patience_seconds: float = 3_600.0
    #: Past this age a transient fault ends the delivery, however few the attempts.
    deadline_seconds: float = 86_400.0


#: Seconds to wait at least for reasons that come without `Retry-After`. Sources: Apple, "Establishing a token-based connection"
#: (a new provider token at most every 20 minutes) and "Handling notification responses from APNs"; Firebase, "Best practices
#: when sending FCM messages at scale" (a minute after a 429, ten seconds after a 5xx).
LEAST_WAITS: Mapping[str, float] = {
    ProviderReason.TOO_MANY_PROVIDER_TOKEN_UPDATES: 1_200.0,
    ProviderReason.TOO_MANY_REQUESTS: 60.0,
    ProviderReason.APPLE_SERVER_ERROR: 120.0,
    ProviderReason.APPLE_UNAVAILABLE: 120.0,
    ProviderReason.SHUTDOWN: 120.0,
    ProviderReason.QUOTA_EXCEEDED: 60.0,
    ProviderReason.RESOURCE_EXHAUSTED: 60.0,
    ProviderReason.INTERNAL: 10.0,
    ProviderReason.UNAVAILABLE: 10.0,
    Reason.RATE_LIMITED: 60.0,
    "http_429": 60.0,
}


@dataclass(frozen=True, slots=True)
class TryAgain:
    delay_seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


Decision: TypeAlias = TryAgain | GiveUp


def full_jitter(ceiling: float) -> float:
    """Return a random delay up to the ceiling, so that deliveries that failed together do not come back together."""
    return SystemRandom().uniform(0, ceiling)


def least_wait(fault: TransientFault) -> float:
    """Return the seconds to wait at least: as the provider said, else by the table LEAST_WAITS."""
    if fault.retry_after is not None:
        return fault.retry_after
    return LEAST_WAITS.get(fault.reason, 0.0)


def decide(
    fault: TransientFault,
    *,
    attempts: int,
    age_seconds: float,
    bounds: RetryBounds,
    jitter: Callable[[float], float],
    held_seconds: float = 0.0,
) -> Decision:
    """Decide after the `attempts`-th counted attempt on a delivery that is `age_seconds` old.

    Of its age, `held_seconds` do not count towards the deadline: its provider was paused meanwhile. The delay is exponential
    with full jitter: `jitter(ceiling)` draws from 0 to `ceiling` seconds. `least_wait` is a lower bound, and is spread by the
    same jitter so that a batch does not come back as one.
    """
    if age_seconds - held_seconds >= bounds.deadline_seconds:
        return GiveUp("deadline_exceeded")
    if attempts >= bounds.max_attempts and age_seconds >= bounds.patience_seconds:
        return GiveUp("attempts_exhausted")
    doublings = min(max(attempts - 1, 0), 30)
    ceiling = min(bounds.cap_seconds, bounds.base_seconds * 2**doublings)
    delay = least_wait(fault) + jitter(ceiling)
    return TryAgain(delay_seconds=delay)
