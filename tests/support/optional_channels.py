"""Optional channels switched on for a test, and off again."""

from collections.abc import Iterator
from contextlib import contextmanager

from owlpost.domain.channels import NOTIFICATION_CHANNELS, switch_on


@contextmanager
def switched_on(*keys: str) -> Iterator[None]:
    """Have these channels in the registry of this process for a while."""
    before = dict(NOTIFICATION_CHANNELS)
    switch_on(keys)
    try:
        yield
    finally:
        NOTIFICATION_CHANNELS.clear()
        NOTIFICATION_CHANNELS.update(before)
