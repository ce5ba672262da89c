"""The enqueue function's parts."""

from owlpost.domain.clock import utc_now
from owlpost.domain.queue_names import REQUESTS
from owlpost.invocations import Invocations
from owlpost.sandbox import once
from owlpost.services.dead_letter import DeadLetterSink
from owlpost.services.digest_rest import DigestRest
from owlpost.services.enqueue.chunks import Chunks
from owlpost.services.enqueue.delivery_queues import DeliveryQueues
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.facts import Facts
from owlpost.services.enqueue.intake import Intake
from owlpost.services.enqueue.messages import RequestMessages
from owlpost.services.enqueue.outbox import Outbox
from owlpost.services.enqueue.recall import Recall
from owlpost.services.enqueue.role_changes import RoleChanges
from owlpost.wiring.badges import badge_requests
from owlpost.wiring.base import database, meter, queues
from owlpost.wiring.brake import brake
from owlpost.wiring.nudges import nudges
from owlpost.wiring.settings import settings
from owlpost.wiring.wakeup import wakeup


@once
def dispatch() -> Dispatch:
    deliveries = DeliveryQueues(queues(), meter(), badge_requests(database(), queues).queue, nudges(database()).nudge)
    chunk_size = settings().dispatch.chunk_size
    chunks = Chunks(database(), queues(), deliveries, wakeup(), chunk_size, brake())
    return Dispatch(database(), chunks, deliveries, wakeup(), utc_now, brake())


@once
def invocations() -> Invocations:
    return Invocations.connect(settings().function_names)


@once
def facts() -> Facts:
    return Facts(dispatch(), invocations(), RoleChanges(invocations(), database().now), DigestRest(queues()))


@once
def outbox() -> Outbox:
    return Outbox(dispatch(), facts(), queues(), recall())


@once
def recall() -> Recall:
    return Recall(database(), badge_requests(database(), queues))


@once
def intake() -> Intake:
    return Intake(dispatch(), facts(), outbox(), recall())


@once
def request_messages() -> RequestMessages:
    return RequestMessages(intake(), queues(), DeadLetterSink(queues(), REQUESTS))
