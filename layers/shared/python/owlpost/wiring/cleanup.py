"""Cleanup's parts."""

from owlpost.domain.clock import utc_now
from owlpost.sandbox import once
from owlpost.services.schedules.cleanup import Cleanup
from owlpost.wiring.base import database
from owlpost.wiring.settings import settings
from owlpost.wiring.sweep import sweep


@once
def cleanup() -> Cleanup:
    return Cleanup(database=database(), retention=settings().retention, now=utc_now, sweep=sweep())
