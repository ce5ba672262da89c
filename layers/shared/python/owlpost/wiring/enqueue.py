"""The enqueue function's parts."""

from owlpost.domain.clock import utc_now
from owlpost.sandbox import once
from owlpost.services.dead_letter import DeadLetters
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.messages import RequestMessages
from owlpost.wiring.base import database, meter, queues
from owlpost.wiring.settings import settings


@once
def dispatch() -> Dispatch:
    chunk_size = settings().dispatch.chunk_size
    return Dispatch(database=database(), queues=queues(), now=utc_now, chunk_size=chunk_size, meter=meter())


@once
def request_messages() -> RequestMessages:
    return RequestMessages(dispatch(), DeadLetters(queues(), "requests"))
