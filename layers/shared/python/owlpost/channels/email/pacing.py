"""Waits before each call, so that the calls stay within a provider's rate limit."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Lock

from owlpost.channels.provider_answer import LONGEST_WAIT, retry_after
from owlpost.domain.errors import TransientFault
from owlpost.domain.reasons import Reason


class Pacer:
    """Allows `calls_per_second`, or fewer if the provider's headers ask for it.

    Workers share the limit and cannot see each other. Each leaves the last `spare` calls of a window to the others, because
    a refused call costs a call and up to a second.
    """

    def __init__(
        self,
        calls_per_second: float,
        *,
        spare: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / calls_per_second
        self._spare = spare
        self._clock = clock
        self._sleep = sleep
        self._next_call = -math.inf
        #: Until when the provider asked for no call.
        self._asked_until = -math.inf
        self._remaining = -math.inf
        self._window_ends = -math.inf
        self._lock = Lock()

    def wait(self, *, within: float) -> None:
        """Wait until this call may be made. Raises TransientFault at once if that takes longer than `within` seconds.

        It is the provider's limit only where the provider asked to wait. Else it is our own pace, or the batch's time is over.
        """
        with self._lock:
            now = self._clock()
            turn = max(now, self._next_call)
            if turn - now > within:
                reason = Reason.RATE_LIMITED if self._asked_until > now else Reason.OUT_OF_TIME
                raise TransientFault(reason, retry_after=max(turn - now, 0.0), counts=False)
            self._next_call = turn + self._interval
        if turn > now:
            self._sleep(turn - now)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Note `retry-after`, and the end of the provider's window once at most `spare` calls remain in it."""
        with self._lock:
            now = self._clock()
            self._asked_until = max(self._asked_until, now + (wait_of(headers) or 0.0))
            self._observe_window(headers, now)
            self._next_call = max(self._next_call, self._asked_until)

    def _observe_window(self, headers: Mapping[str, str], now: float) -> None:
        """Note the end of the window. `ratelimit-reset` is rounded up to seconds: the first answer is the most exact."""
        remaining, reset = seconds(headers, "ratelimit-remaining"), seconds(headers, "ratelimit-reset")
        if remaining is None or reset is None:
            return
        same_window = remaining < self._remaining and now < self._window_ends
        self._window_ends = min(self._window_ends, now + reset) if same_window else now + reset
        self._remaining = remaining
        if remaining <= self._spare:
            self._asked_until = max(self._asked_until, self._window_ends)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `retry-after` asks for, at most an hour; None if it is missing or senseless."""
    return retry_after(headers.get("retry-after"), now=datetime.now(UTC))


def seconds(headers: Mapping[str, str], name: str) -> float | None:
    """Return the number in a header, at most an hour; None if it is missing or not a positive number."""
    try:
        value = float(headers[name])
    except (KeyError, ValueError):
        return None
    return min(value, LONGEST_WAIT) if value >= 0 else None
