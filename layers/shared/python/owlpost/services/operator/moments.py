"""Moments and spans of time in sentences for an operator."""

from datetime import datetime, timedelta


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def span(of: timedelta) -> str:
    """Return the span in its largest unit of which it has at least two: `3 h`."""
    seconds = max(0, round(of.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
