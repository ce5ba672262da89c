"""The worker of one channel: each message of its queue is the id of a delivery. The doctor asks it about its keys."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_core import to_jsonable_python

from owlpost.domain.clock import utc_now
from owlpost.queue_messages import received
from owlpost.wiring.deliver import delivery_messages, key_check

#: Only this function may read the keys of its channel, so it tries them itself.
CHECK_KEYS = {"check": "keys"}
#: So does it tell the provider where its events go, for `owlpost connect`.
ANNOUNCE = {"announce": "events"}


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the messages that come back to the queue; all others are finished. For CHECK_KEYS and ANNOUNCE return findings."""
    deadline = utc_now() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    if event == CHECK_KEYS:
        return {"findings": to_jsonable_python(key_check().findings(deadline=deadline))}
    if event == ANNOUNCE:
        return {"findings": to_jsonable_python(key_check().announced(deadline=deadline))}
    failed = delivery_messages().handle(received(event) or [], deadline=deadline)
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
