"""Services put together as wiring does it, on the parts that a test gives."""

from owlpost.db.session import Database
from owlpost.domain.brake import NO_BRAKE, Brake
from owlpost.domain.clock import Clock
from owlpost.invocations import Invocations
from owlpost.queue import Queues
from owlpost.services.badge_requests import BadgeRequests
from owlpost.services.digest_rest import DigestRest
from owlpost.services.enqueue.chunks import CHUNK_SIZE, Chunks
from owlpost.services.enqueue.delivery_queues import DeliveryQueues
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.recall import Recall
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues
from owlpost.services.operator.holds import Holds
from owlpost.services.operator.redrive import BATCH, Redrive
from owlpost.services.schedules.digest import Digests
from owlpost.services.schedules.let_go import LetGo
from owlpost.services.schedules.sweep import Sweep
from owlpost.services.wakeup import Wakeup

#: For services that start no function in this test: the first call would fail by its name.
NO_FUNCTIONS = Invocations.connect({})


def dispatching(
    database: Database, queues: Queues, now: Clock, *, chunk_size: int = CHUNK_SIZE, brake: Brake = NO_BRAKE
) -> Dispatch:
    wakeup, deliveries = Wakeup(queues, now), DeliveryQueues(queues)
    chunks = Chunks(database, queues, deliveries, wakeup, chunk_size, brake)
    return Dispatch(database, chunks, deliveries, wakeup, now, brake)


def sweeping(database: Database, queues: Queues, now: Clock) -> Sweep:
    return Sweep(database, queues, Wakeup(queues, now), LetGo(database, queues))


def digesting(database: Database, dispatch: Dispatch, queues: Queues, now: Clock, *, told: bool = False) -> Digests:
    return Digests(database, dispatch, now, DigestRest(queues), now, told)


def redriving(database: Database, queues: Queues, now: Clock, *, batch: int = BATCH) -> Redrive:
    return Redrive(database, queues, DeadLetterQueues(database, queues), Wakeup(queues, now), batch)


def recalling(database: Database, queues: Queues) -> Recall:
    return Recall(database, BadgeRequests(database, lambda: queues, updates=True))


def holding(database: Database, queues: Queues, now: Clock) -> Holds:
    return Holds(database, LetGo(database, queues), Wakeup(queues, now))
