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


#: What rings for messages that were received in vain, by queue. SQS leaves a message out of its age once it was received three
#: times: "Available CloudWatch metrics for Amazon SQS". The age alone tells of messages that nobody takes.
RECEIVED_IN_VAIN = {
    queue_names.REQUESTS: "somebody has to act: RequestsWait",
    queue_names.WAKEUP: "sweep heartbeat: sweep",
}


def received_in_vain(queue: str) -> str:
    """Return the alarm that rings in place of the age: of a channel, that on what is due in the database."""
    return RECEIVED_IN_VAIN.get(queue, f"oldest due: {queue}")


def _queues(topology: Topology) -> Iterator[AlarmSpec]:
    """What is received again and again rings elsewhere: `received_in_vain`, and as a dead letter in the end."""
    for queue in topology.queues:
        if queue.oldest is None:
            continue
        yield AlarmSpec(
            "oldest message",
            queue.name,
            "Messages wait and nobody takes them: see whether their function runs, is throttled or switched off. What was taken"
            f" three times is not counted here, and rings as {received_in_vain(queue.name)}.",
            of_queue(topology.physical_name(queue.name), "ApproximateAgeOfOldestMessage"),
            queue.oldest,
            "over",
            periods=2,
        )
