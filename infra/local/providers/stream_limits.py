"""How many streams a client may have open: stated in SETTINGS, and binding once it has acknowledged them (RFC 9113, 6.5.3)."""

from collections import deque


class StreamLimits:
    """The limits that were stated, and the one in force: a smaller one binds the client once it has acknowledged it.

    `known` is true once the client has acknowledged the first.
    """

    def __init__(self, first: int) -> None:
        self.stated = self.in_force = first
        self.known = False
        self._acknowledged = first
        self._open = deque([first])

    def state(self, limit: int) -> None:
        self.stated = limit
        self._open.append(limit)
        self.in_force = max(self._acknowledged, *self._open)

    def acknowledged(self) -> None:
        """Note that the client has acknowledged the oldest open limit."""
        if self._open:
            self.known = True
            self._acknowledged = self._open.popleft()
            self.in_force = max(self._acknowledged, *self._open, 0)
