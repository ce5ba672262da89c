"""The worker of one channel: each message of its queue is the id of a delivery."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.domain.clock import utc_now
from owlpost.queue_messages import received
from owlpost.wiring.deliver import delivery_messages


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the messages that come back to the queue; all others are finished."""
    deadline = utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    failed = delivery_messages().handle(received(event) or [], deadline=deadline)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
