"""The enqueue function's parts."""

from functools import cache

from owlpost.domain.clock import utc_now
from owlpost.services.dead_letter import DeadLetters
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.messages import RequestMessages
from owlpost.wiring.base import database, meter, queues
from owlpost.wiring.settings import settings


@cache
def dispatch() -> Dispatch:
    chunk_size = settings().dispatch.chunk_size
    return Dispatch(database=database(), queues=queues(), now=utc_now, chunk_size=chunk_size, meter=meter())


@cache
def request_messages() -> RequestMessages:
    return RequestMessages(dispatch(), DeadLetters(queues(), "requests"))
