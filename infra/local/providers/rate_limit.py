"""Resend's rate limit: a number of requests in a window of one second."""

import math
import time


class RateLimit:
    """Requests a second over all keys of the team; None for no limit. `per_second` may change at any time."""

    def __init__(self, per_second: int | None) -> None:
        self.per_second = per_second
        self._opened = -math.inf
        self._used = 0

    def admit(self) -> tuple[bool, tuple[tuple[str, str], ...]]:
        """Count one request. Return whether it may pass, and the headers of its answer."""
        if self.per_second is None:
            return True, ()
        now = time.monotonic()
        if now >= self._opened + 1:
            self._opened, self._used = now, 0
        self._used += 1
        reset = str(math.ceil(self._opened + 1 - now))
        remaining = max(0, self.per_second - self._used)
        headers = (
            ("ratelimit-limit", str(self.per_second)),
            ("ratelimit-policy", f"{self.per_second};w=1"),
            ("ratelimit-remaining", str(remaining)),
            ("ratelimit-reset", reset),
        )
        if self._used > self.per_second:
            return False, (*headers, ("retry-after", reset))
        return True, headers
