"""One queue and one dead-letter queue for each queue of the topology: encrypted, by TLS alone."""

from collections.abc import Iterable

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.aws.nag import acknowledge
from infra.topology.model import FOURTEEN_DAYS, PREFIX, Queue, physical_name


class Queues(Construct):
    """`by_name` holds them by the topology's names, a dead-letter queue as `<name>-dlq`."""

    def __init__(self, scope: Construct, id: str, *, queues: Iterable[Queue], prefix: str = PREFIX) -> None:  # noqa: A002 (the CDK's name)
        super().__init__(scope, id)
        self._prefix = prefix
        self.by_name: dict[str, sqs.Queue] = {}
        self.dead_letters: list[sqs.Queue] = []
        for queue in queues:
            self._add(queue)

    @property
    def urls(self) -> dict[str, str]:
        return {name: queue.queue_url for name, queue in self.by_name.items()}

    def failures_of(self, name: str) -> sqs.Queue:
        """A queue for events that a function or a schedule could not take: nobody reads it but the operator."""
        queue = encrypted_queue(self, physical_name(name, self._prefix), retention=FOURTEEN_DAYS)
        self._end_here(queue, "AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy")
        return queue

    def _end_here(self, queue: sqs.Queue, *rules: str) -> None:
        self.dead_letters.append(queue)
        acknowledge(
            queue, "What is here has failed already: an alarm tells the operator, and it leads no further.", *rules
        )

    def _add(self, queue: Queue) -> None:
        dead = encrypted_queue(
            self, physical_name(queue.dead_letter_name, self._prefix), retention=queue.dead_letter_retention
        )
        self._end_here(dead, "Serverless-SQSRedrivePolicy")
        self.by_name[queue.dead_letter_name] = dead
        self.by_name[queue.name] = encrypted_queue(
            self,
            physical_name(queue.name, self._prefix),
            retention=queue.retention,
            visibility_timeout=Duration.seconds(queue.visibility_timeout),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=queue.max_receive_count),
        )


def encrypted_queue(
    scope: Construct,
    name: str,
    *,
    retention: int,
    visibility_timeout: Duration | None = None,
    dead_letter_queue: sqs.DeadLetterQueue | None = None,
) -> sqs.Queue:
    return sqs.Queue(
        scope,
        name,
        queue_name=name,
        retention_period=Duration.seconds(retention),
        visibility_timeout=visibility_timeout,
        dead_letter_queue=dead_letter_queue,
        redrive_allow_policy=(
            None
            if dead_letter_queue is None
            else sqs.RedriveAllowPolicy(redrive_permission=sqs.RedrivePermission.DENY_ALL)
        ),
        encryption=sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        removal_policy=RemovalPolicy.DESTROY,
    )
