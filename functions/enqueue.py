"""The entry for producers: a direct invoke with one request or fact, or messages of the requests queue."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.domain import correlation
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
    result = intake().take(event, platform_key=key, correlation_id=_correlation_id(context), deadline=deadline)
    return result.model_dump(mode="json", exclude_none=True)


def _correlation_id(context: LambdaContext) -> str:
    """Return the producer's id, which Lambda passes on for synchronous invokes only, else the invocation's own."""
    custom = getattr(context.client_context, "custom", None)
    given = custom.get(correlation.FIELD) if isinstance(custom, dict) else None
    return correlation.taken(given, otherwise=context.aws_request_id)
