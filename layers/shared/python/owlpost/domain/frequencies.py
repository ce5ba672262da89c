"""How often a project's issue digest may go out."""

from typing import Literal, TypeAlias, get_args

AlertFrequency: TypeAlias = Literal["none", "hourly", "6_hourly", "daily", "weekly"]
FREQUENCIES: frozenset[str] = frozenset(get_args(AlertFrequency))
#: The frequency of a project that has none stored.
DEFAULT: AlertFrequency = "daily"


def effective(stored: str | None) -> str:
    """Return the frequency that applies. An unknown stored value counts as not set."""
    return stored if stored in FREQUENCIES else DEFAULT
