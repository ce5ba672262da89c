"""What is watched: every queue, function and channel that the topology has, and what they share."""

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.aws.alarms import BAD, BELOW, FIVE_MINUTES, NOTHING, OVER, Watch
from infra.aws.metrics import ours, share_failed
from infra.topology.model import Queue, Topology, physical_name
from owlpost.domain import queue_names

#: Of a function's timeout: past it, the next slow call is cut off.
NEAR_TIMEOUT = 0.8
FAILED_PERCENT = 5
DELIVERED_WITHIN_SECONDS = 300
HEARTBEAT_MINUTES = 30


#: What to do first about a queue of failures that holds no deliveries, by the queue it belongs to or by its own name.
FAILURES = {
    queue_names.REQUESTS: "Look with `owlpost dead-letters requests`, mend the cause, then `owlpost redrive --requests`.",
    queue_names.WAKEUP: "Sweeps failed for a day: see why, invoke owlpost-sweep by hand, then delete the messages.",
    physical_name("failed-events"): (
        "Read the error beside the event, mend the cause, then invoke the function with the `requestPayload` again."
    ),
    physical_name("failed-schedules"): (
        "See why Scheduler could not call Lambda, then delete the message: the next run makes up for it."
    ),
}


def dead_letter_watches(wanted: Sequence[Queue], queues: Sequence[tuple[str, sqs.Queue]]) -> Iterator[Watch]:
    belongs_to = {physical_name(queue.dead_letter_name): queue.name for queue in wanted}
    for name, queue in queues:
        of = belongs_to.get(name, name)
        again = f"Look with `owlpost dead-letters {of}`, mend the cause, then `owlpost redrive --channel {of}`."
        yield Watch(
            "dead letters",
            name,
            FAILURES.get(of, again),
            queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=FIVE_MINUTES),
            1,
        )


def queue_watches(wanted: Sequence[Queue], queues: Mapping[str, sqs.Queue]) -> Iterator[Watch]:
    for queue in wanted:
        yield Watch(
            "oldest message",
            queue.name,
            "Messages wait: see whether the provider or the database is away.",
            queues[queue.name].metric_approximate_age_of_oldest_message(statistic="Maximum", period=FIVE_MINUTES),
            queue.oldest,
            OVER,
            periods=2,
        )


def function_watches(topology: Topology, functions: Mapping[str, lambda_.Function]) -> Iterator[Watch]:
    for wanted in topology.functions:
        function = functions[wanted.name]
        yield Watch(
            "function errors",
            wanted.name,
            "Read the function's newest error in its log group.",
            function.metric_errors(statistic="Sum", period=FIVE_MINUTES),
            1,
        )
        yield Watch(
            "throttles",
            wanted.name,
            "Ask for a higher concurrency limit, or lower max_concurrency in the topology.",
            function.metric_throttles(statistic="Sum", period=FIVE_MINUTES),
            1,
            periods=2,
        )
        yield Watch(
            "near timeout",
            wanted.name,
            "Find in the traces what is slow: a provider, or a statement.",
            function.metric_duration(statistic="p99", period=FIVE_MINUTES),
            NEAR_TIMEOUT * wanted.timeout * 1000,
            OVER,
            periods=2,
        )


def channel_watches(channels: Sequence[str]) -> Iterator[Watch]:
    for channel in channels:
        yield Watch(
            "failure rate",
            channel,
            f"See what failed with `owlpost deliveries --status failed --channel {channel}`.",
            share_failed(channel),
            FAILED_PERCENT,
            OVER,
            periods=2,
        )
        yield Watch(
            "time to deliver",
            channel,
            "See which step waits: the queue, the provider, or the database.",
            ours("TimeToDeliver", channel=channel, statistic="p99"),
            DELIVERED_WITHIN_SECONDS,
            OVER,
            periods=3,
        )


def system_watches(api_5xx: cloudwatch.IMetric) -> Iterator[Watch]:
    yield Watch(
        "api errors", "api", "Find the request in the access log and its error in the API's log.", api_5xx, 5, periods=2
    )  # not at once: a database that wakes up is answered for with 503 meanwhile
    yield Watch(
        "sweep heartbeat",
        "sweep",
        "Invoke owlpost-sweep by hand and read what it says.",
        ours("SweepRan", minutes=HEARTBEAT_MINUTES),
        1,
        BELOW,
        silence=BAD,
    )
    # An audit speaks once a day: until the next one balances, or one by hand, the alarm stands.
    yield Watch(
        "audit",
        "audit",
        "Run `owlpost audit --since 2d` and follow what it names.",
        ours("AuditOffBalance"),
        1,
        silence=NOTHING,
    )


def database_watches(cluster: str, *, max_capacity: float, max_connections: int) -> Iterator[Watch]:
    def rds(name: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/RDS",
            metric_name=name,
            dimensions_map={"DBClusterIdentifier": cluster},
            statistic="Maximum",
            period=FIVE_MINUTES,
        )

    yield Watch(
        "database capacity",
        "capacity",
        "Raise max_capacity, or find the statement that costs so much.",
        rds("ServerlessDatabaseCapacity"),
        0.9 * max_capacity,
        periods=3,
    )
    yield Watch(
        "database connections",
        "connections",
        "Lower the functions' concurrency, or raise max_capacity.",
        rds("DatabaseConnections"),
        round(0.8 * max_connections),
        OVER,
        periods=2,
    )
