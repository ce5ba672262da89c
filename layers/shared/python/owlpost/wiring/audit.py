"""The audit's parts."""

from datetime import timedelta
from functools import cache

from owlpost.domain.clock import utc_now
from owlpost.rotation import settings
from owlpost.services.audit import Audit
from owlpost.wiring.base import database


@cache
def audit() -> Audit:
    return Audit(database(), receipts_kept=timedelta(days=settings().retention.receipt_days), now=utc_now)
