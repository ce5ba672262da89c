"""SendMessageBatch, by botocore or by the shortest way through botocore's own parts.

An enqueue for many people makes hundreds of these calls, and more than half of what one costs is what botocore works out anew
each time: the endpoint by its rules, the shape of the request, how to read the answer, a dozen events about it.
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

from botocore.awsrequest import create_request_object
from botocore.exceptions import BotoCoreError
from botocore.handlers import add_recursion_detection_header
from botocore.hooks import first_non_none_response

from owlpost.domain.value import dataclass

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

#: Sends entries to the queue at a URL. Returns SQS's answer; raises ClientError and BotoCoreError as botocore does.
SendBatch: TypeAlias = "Callable[[str, list[SendMessageBatchRequestEntryTypeDef]], Mapping[str, Any]]"

OPERATION = "SendMessageBatch"
JSON = "application/x-amz-json-1.0"
#: The headers of every call alike. A call with another one is left to botocore, as that might tell of the body.
ALIKE = {"X-Amz-Target", "Content-Type", "x-amzn-query-mode", "User-Agent"}
OK = 200


def by_botocore(client: "SQSClient") -> SendBatch:
    """Return a way to send batches that is botocore's from end to end."""
    return lambda url, entries: client.send_message_batch(QueueUrl=url, Entries=entries)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What calls to one queue have in common: what botocore made of the first one, before it signed it."""

    url: str
    headers: Mapping[str, str]
    context: Mapping[str, Any]


class QuickBatches:
    """Sends batches through a client of botocore; all but a queue's first by the shortest way.

    The first call to a queue is botocore's, and is looked at on its way: where it goes, with which headers, and what its signer
    is told. Each later call is that with another body: signed by the client's signer, with its credentials, and sent through
    the client's connections. botocore hears of it in `request-created` and `before-send`, and may answer it there.

    A call with no answer, or any answer but 200, is made again by botocore, with its retries and its errors. So a batch may
    be sent twice; what a message asks for is done once, as its claim holds.
    """

    def __init__(self, client: "SQSClient") -> None:
        self._client = client
        #: botocore's connections are the client's own, and it has no public name for them. Without them, all is left to it.
        endpoint = getattr(client, "_endpoint", None)
        self._connections: Any = getattr(endpoint, "http_session", None)
        self._patterns: dict[str, _Pattern] = {}
        client.meta.events.register(f"before-call.sqs.{OPERATION}", self._learn)

    def __call__(self, url: str, entries: "list[SendMessageBatchRequestEntryTypeDef]") -> Mapping[str, Any]:
        """Send the entries to the queue. Return SQS's answer; raises ClientError and BotoCoreError as botocore does."""
        pattern = self._patterns.get(url)
        answer = self._quick(pattern, url, entries) if pattern else None
        return self._client.send_message_batch(QueueUrl=url, Entries=entries) if answer is None else answer

    def _learn(self, params: Mapping[str, Any], **_: object) -> None:
        """Keep what botocore made of a call, if another one differs from it by nothing but its body.

        The header of the invocation's trace is not there yet: handlers of one operation are told before those of all.
        """
        headers = dict(params["headers"])
        if self._connections and headers.keys() <= ALIKE and headers.get("Content-Type") == JSON:
            self._patterns[json.loads(params["body"])["QueueUrl"]] = _Pattern(params["url"], headers, params["context"])

    def _quick(
        self, pattern: _Pattern, url: str, entries: "list[SendMessageBatchRequestEntryTypeDef]"
    ) -> Mapping[str, Any] | None:
        """Send the entries. Return SQS's answer, None if there was none or not a plain one."""
        body = json.dumps({"QueueUrl": url, "Entries": entries}).encode()
        try:
            response = self._send(self._signed(pattern, body))
            answer = json.loads(response.content) if response.status_code == OK else None
        except (BotoCoreError, ValueError):
            return None
        return answer if isinstance(answer, dict) else None

    def _signed(self, pattern: _Pattern, body: bytes) -> Any:
        context = {**pattern.context, "retries": {"attempt": 1, "invocation-id": str(uuid4())}}
        made = {
            "method": "POST",
            "url": pattern.url,
            "headers": dict(pattern.headers),
            "body": body,
            "context": context,
        }
        add_recursion_detection_header(made)
        request = create_request_object(made)
        self._client.meta.events.emit(f"request-created.sqs.{OPERATION}", request=request, operation_name=OPERATION)
        return request.prepare()

    def _send(self, prepared: Any) -> Any:
        told = self._client.meta.events.emit(f"before-send.sqs.{OPERATION}", request=prepared)
        answered = first_non_none_response(told)
        return self._connections.send(prepared) if answered is None else answered
