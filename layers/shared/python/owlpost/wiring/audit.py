"""The audit's parts."""

from datetime import timedelta

from owlpost.sandbox import once
from owlpost.services.operator.audit import Audit
from owlpost.wiring.base import database
from owlpost.wiring.settings import settings


@once
def audit() -> Audit:
    return Audit(database(), receipts_kept=timedelta(days=settings().retention.receipt_days), now=database().now)
