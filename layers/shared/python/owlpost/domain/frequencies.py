"""How often a project's issue digest may go out."""

from typing import Literal, TypeAlias, get_args

AlertFrequency: TypeAlias = Literal["none", "hourly", "6_hourly", "daily", "weekly"]
FREQUENCIES: frozenset[str] = frozenset(get_args(AlertFrequency))
#: What null stands for.
DEFAULT: AlertFrequency = "daily"


def effective(stored: str | None) -> str:
    """What a stored frequency comes to; one we do not know counts as not set."""
    return stored if stored in FREQUENCIES else DEFAULT
