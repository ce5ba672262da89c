"""Keeping to a provider's rate limit by waiting beforehand, as far as the time allows."""

import math
import time
from collections.abc import Callable, Mapping
from threading import Lock

from owlpost.domain.errors import TransientFault

LONGEST_DELAY = 86_400.0


class Pacer:
    """Lets calls through `calls_per_second` apart, and later where the provider's answers ask for it.

    Each container paces itself; what several do together, the provider's answers correct.
    """

    def __init__(
        self,
        calls_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / calls_per_second
        self._clock = clock
        self._sleep = sleep
        self._next_call = -math.inf
        self._lock = Lock()

    def wait(self, *, within: float) -> None:
        """Wait for this call's turn; raises TransientFault at once where that is more than `within` seconds off."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_call)
            if turn - now > within:
                raise TransientFault("rate_limited", retry_after=max(turn - now, 0.0), counts=False)
            self._next_call = turn + self._interval
        if turn > now:
            self._sleep(turn - now)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Take note of `retry-after`, and of `ratelimit-reset` where nothing remains, of the provider's answer."""
        delay = seconds(headers, "retry-after") or 0.0
        if seconds(headers, "ratelimit-remaining") == 0:
            delay = max(delay, seconds(headers, "ratelimit-reset") or 0.0)
        with self._lock:
            self._next_call = max(self._next_call, self._clock() + delay)


def seconds(headers: Mapping[str, str], name: str) -> float | None:
    """A header's number, at most a day; None where it is missing or no such number."""
    try:
        value = float(headers[name])
    except (KeyError, ValueError):
        return None
    return min(value, LONGEST_DELAY) if value >= 0 else None
