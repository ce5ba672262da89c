"""The wakeup of a sandbox: one, as it remembers when it was armed last."""

from owlpost.domain.clock import utc_now
from owlpost.sandbox import once
from owlpost.services.wakeup import Wakeup
from owlpost.wiring.base import queues


@once
def wakeup() -> Wakeup:
    return Wakeup(queues(), utc_now)
