"""The entry for producers: a direct invoke with one request or fact, or messages of the requests queue."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.domain import correlation, expected_people
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from owlpost.queue_messages import received
from owlpost.wiring.enqueue import intake, request_messages


def handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Return the result of a direct invoke, or the failed messages of a batch.

    A direct invoke that is refused raises: Lambda returns the error's type and its message, which names the field.
    """
    deadline = utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    if (messages := received(event)) is not None:
        failed = request_messages().handle(messages, deadline=deadline)
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
    key = Key("lambda", context.aws_request_id)
    beside = _beside(context)
    result = intake().answer(
        event,
        platform_key=key,
        correlation_id=correlation.taken(beside.get(correlation.FIELD), otherwise=context.aws_request_id),
        deadline=deadline,
        expected=expected_people.taken(beside),
    )
    return result.model_dump(mode="json", exclude_none=True)


def _beside(context: LambdaContext) -> Mapping[str, object]:
    """Return what came beside the request: its custom values, which Lambda passes on for synchronous invokes only."""
    custom = getattr(context.client_context, "custom", None)
    return custom if isinstance(custom, dict) else {}
