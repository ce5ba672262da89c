"""Resend's quotas: mails accepted in a day and in a month, both in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

from infra.local.providers.catalogue import Headers


class Quota:
    """Mails used so far. `daily` is the free plan's limit, None for a plan without one."""

    def __init__(self, daily: int | None, clock: Callable[[], float]) -> None:
        self._daily = daily
        self._clock = clock
        self._day = self._month = ""
        self._used_today = self._used_this_month = 0

    def allows(self, mails: int) -> bool:
        """Return whether so many more mails fit into today's quota."""
        self._turn()
        return self._daily is None or self._used_today + mails <= self._daily

    def used(self) -> None:
        """Count one accepted mail."""
        self._turn()
        self._used_today += 1
        self._used_this_month += 1

    def headers(self) -> Headers:
        """Return the headers of an answer. Only plans with a daily quota name the day's use."""
        self._turn()
        month = (("x-resend-monthly-quota", str(self._used_this_month)),)
        return month if self._daily is None else (("x-resend-daily-quota", str(self._used_today)), *month)

    def _turn(self) -> None:
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        if day[:7] != self._month:
            self._month, self._used_this_month = day[:7], 0
        if day != self._day:
            self._day, self._used_today = day, 0
