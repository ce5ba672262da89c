"""What providers tell: Resend of its mails by `POST /v1/webhooks/resend`, SES by SNS, Telegram who has followed our link."""

import base64
import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.domain.refusals import Unverified
from owlpost.observability import tell_of_request
from owlpost.wiring.provider_events import provider_events, ses_events, source_hash, telegram_updates

TELEGRAM = "/provider-events/telegram"
HEADERS = {"content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff"}


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Resend retries any non-2xx for hours, and SNS an error, so unexpected errors may raise."""
    if "Records" in event:
        for record in event["Records"]:
            ses_events().take_from_ses(record["Sns"]["Message"], event_id=record["Sns"]["MessageId"])
        return {}
    asked = event["requestContext"]
    answer = _take(event)
    tell_of_request(asked["requestId"], status=answer["statusCode"], source=source_hash(asked["http"]["sourceIp"]))
    return answer


def _take(event: dict[str, Any]) -> dict[str, Any]:
    if event["requestContext"]["http"]["method"] != "POST":
        return _answer(HTTPStatus.METHOD_NOT_ALLOWED, {"error": "Events are posted here."}, allow="POST")
    text = event.get("body") or ""
    body = base64.b64decode(text) if event["isBase64Encoded"] else text.encode()
    try:
        if event["requestContext"]["http"]["path"].endswith(TELEGRAM):
            return _answer(HTTPStatus.OK, dict(telegram_updates().take(event["headers"], body)))
        provider_events().take(event["headers"], body)
    except Unverified as refused:
        return _answer(refused.status, {"error": str(refused)})
    return _answer(HTTPStatus.OK, {"success": True})


def _answer(status: HTTPStatus, body: dict[str, object], **headers: str) -> dict[str, Any]:
    return {"statusCode": int(status), "headers": {**HEADERS, **headers}, "body": json.dumps(body)}
