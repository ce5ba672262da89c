"""The limits of asking for codes and trying them: by source, by address, and by browser."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from owlpost.db.people import codes
from owlpost.domain.refusals import TooOften
from owlpost.domain.value import dataclass

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: Codes for one address. A browser that has signed in to the address before has limits of its own, so that a stranger who
#: uses up those of the address does not keep its owner out.
CODES = {HOUR: 5, DAY: 20}


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """`per_source` is the number of attempts per hour from one source, 0 for no limit."""

    per_source: int = 0

    def check_source(self, connection: Connection, source: str | None, *, now: datetime) -> None:
        """Raise TooOften if the source has used up its attempts."""
        if not self.per_source or source is None:
            return
        wait = codes.seconds_until_attempt(connection, source, limit=self.per_source, window=HOUR, now=now)
        if wait:
            raise TooOften("Too many attempts from your network. Please wait a while.", retry_after=wait)

    def check_address(self, connection: Connection, address: str, known_browser: str | None, *, now: datetime) -> None:
        """Raise TooOften if the address, or the known browser that asks, has used up its codes."""
        wait = max(
            codes.seconds_until_send(
                connection, address, browser_hash=known_browser, limit=limit, window=window, now=now
            )
            for window, limit in CODES.items()
        )
        if wait:
            raise TooOften("Too many codes were asked for. Please wait a while.", retry_after=wait)


UNLIMITED_SOURCES = SignInLimits()
