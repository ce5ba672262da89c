"""The alarms on queues: dead letters, and messages that wait too long."""

from collections.abc import Iterator

from infra.aws.alarm_spec import AlarmSpec
from infra.aws.metrics import of_queue
from infra.topology.model import Topology
from owlpost.domain import queue_names

#: Queues beside those of the topology: events that a function or a schedule could not take.
FAILED_EVENTS, FAILED_SCHEDULES = "failed-events", "failed-schedules"

#: What to do first about a queue of failures that holds no deliveries, by the queue it belongs to or by its own name.
FAILURES = {
    queue_names.REQUESTS: "Look with `owlpost dead-letters requests`, mend the cause, then `owlpost redrive --requests`.",
    queue_names.WAKEUP: "Sweeps failed for a day: see why, invoke the sweep by hand, then delete the messages.",
    queue_names.DIGEST: "Digests failed for weeks: see why, invoke the digest by hand, then delete the messages.",
    FAILED_EVENTS: (
        "Read the error beside the event, mend the cause, then invoke the function with the `requestPayload` again."
    ),
    FAILED_SCHEDULES: "See why Scheduler could not call Lambda, then delete the message: the next run makes up for it.",
}


def queue_alarms(topology: Topology) -> Iterator[AlarmSpec]:
    """Yield the alarms on each queue and its dead letters, and on the events that no function could take."""
    yield from _dead_letters(topology)
    yield from _queues(topology)


def _dead_letters(topology: Topology) -> Iterator[AlarmSpec]:
    of = {queue.dead_letter_name: queue.name for queue in topology.queues}
    for name in (*of, FAILED_EVENTS, FAILED_SCHEDULES):
        queue = of.get(name, name)
        redrive = f"Look with `owlpost dead-letters {queue}`, mend the cause, then `owlpost redrive --channel {queue}`."
        yield AlarmSpec(
            "dead letters",
            topology.physical_name(name),
            FAILURES.get(queue, redrive),
            of_queue(topology.physical_name(name), "ApproximateNumberOfMessagesVisible"),
            1,
        )


def _queues(topology: Topology) -> Iterator[AlarmSpec]:
    for queue in topology.queues:
        if queue.oldest is None:
            continue
        yield AlarmSpec(
            "oldest message",
            queue.name,
            "Messages wait: see whether the provider or the database is away.",
            of_queue(topology.physical_name(queue.name), "ApproximateAgeOfOldestMessage"),
            queue.oldest,
            "over",
            periods=2,
        )
