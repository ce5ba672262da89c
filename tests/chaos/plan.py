"""The topology on a short clock: what takes minutes in the cloud takes seconds here, in the same proportions."""

from dataclasses import replace
from pathlib import Path

from infra.topology.model import EventSource, Function, Queue, Topology
from infra.topology.plan import topology
from owlpost.domain.queue_names import REQUESTS
from owlpost.domain.retry import RetryBounds

#: What runs in every sandbox.
ENTRY = "tests.chaos.strange_sandbox.handler"
#: Seconds. A lease outlasts its function, and a message is hidden for longer than the lease, as in the cloud.
TIMEOUT = 5
LEASE = TIMEOUT + 1
VISIBILITY = LEASE + 1
SETTLE = 2
#: A request is not begun with less than ten seconds left, so its function has some more.
ENQUEUE_TIMEOUT = 10 + TIMEOUT
#: Nobody is given up in a run: whatever is not sent in the end was lost.
BOUNDS = RetryBounds(base_seconds=0.2, cap_seconds=2.0, patience_seconds=80_000.0)
#: Small, so that a team of a hundred continues in chunks and a few hundred mails take many calls.
CHUNK_SIZE = 40
BATCH_SIZES = {REQUESTS: 10, "email": 20}
BATCH_OF_OTHERS = 50
MAX_CONCURRENCY = 2
#: Workers are killed more often in seconds here than in months elsewhere: their messages are no poison.
MAX_RECEIVES = 50


def chaos_topology(*, sqs: str, folder: Path) -> Topology:
    """All of Owlpost, its functions speaking to the SQS at the address `sqs`, in sandboxes that `folder` makes strange."""
    plan = topology()
    return replace(
        plan,
        functions=tuple(_function(function, sqs, folder) for function in plan.functions),
        queues=tuple(_queue(queue) for queue in plan.queues),
        event_sources=tuple(_source(source) for source in plan.event_sources),
    )


def _function(function: Function, sqs: str, folder: Path) -> Function:
    environment = {
        **function.environment,
        "AWS_ENDPOINT_URL_SQS": sqs,
        "DISPATCH_CHUNK_SIZE": str(CHUNK_SIZE),
        "CHAOS_FOLDER": str(folder),
        "CHAOS_ENTRY": function.entry,
    }
    if function.name == "sweep":
        environment["OUTBOX_SWEPT"] = "true"  # a nudge may be lost
    if "DELIVERY_CHANNEL" in environment:
        environment |= {
            "DELIVERY_RETRY": BOUNDS.model_dump_json(),
            "DELIVERY_LEASE_SECONDS": str(LEASE),
            "DELIVERY_SETTLE_SECONDS": str(SETTLE),
            "DELIVERY_MAX_RECEIVES": str(MAX_RECEIVES),
        }
    timeout = {"migrate": function.timeout, "enqueue": ENQUEUE_TIMEOUT}.get(function.name, TIMEOUT)
    return replace(function, entry=ENTRY, timeout=timeout, environment=environment)


def _queue(queue: Queue) -> Queue:
    visibility = ENQUEUE_TIMEOUT + 2 if queue.name == REQUESTS else VISIBILITY
    return replace(queue, visibility_timeout=visibility, max_receive_count=MAX_RECEIVES)


def _source(source: EventSource) -> EventSource:
    window, size = min(source.window, 1), batch_size(source.queue)
    return replace(source, batch_size=size, window=window, max_concurrency=MAX_CONCURRENCY)


def batch_size(queue: str) -> int:
    """Return how many messages of the queue a worker gets at most."""
    return BATCH_SIZES.get(queue, BATCH_OF_OTHERS)
