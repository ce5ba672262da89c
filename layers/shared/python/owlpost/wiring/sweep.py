"""The sweep's parts."""

from owlpost.sandbox import once
from owlpost.services.schedules.let_go import LetGo
from owlpost.services.schedules.sweep import Sweep
from owlpost.wiring.base import database, queues
from owlpost.wiring.settings import settings
from owlpost.wiring.wakeup import wakeup


@once
def sweep() -> Sweep:
    let_go = LetGo(database(), queues())
    return Sweep(database(), queues(), wakeup(), let_go, always=settings().outbox.swept)
