"""The lines of pages: API Gateway's WebSocket API says who comes and goes, and other functions say whom to nudge."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.wiring.line import lines


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return the answer to a connection, `{}` to a function. What a page sends never comes here: see `topology.line`."""
    asked = event.get("requestContext")
    if asked is None:
        lines().nudge(event.get("nudge", ()))
        lines().hang_up(event.get("hang_up", ()))
        return {}
    if asked["eventType"] == "DISCONNECT":
        lines().closed(asked["connectionId"])
    elif asked["eventType"] != "CONNECT" or not _opened(event):
        return {"statusCode": 403}
    return {"statusCode": 200}


def _opened(event: dict[str, Any]) -> bool:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    query = event.get("queryStringParameters") or {}
    return lines().open(
        event["requestContext"]["connectionId"], ticket=query.get("ticket", ""), origin=headers.get("origin")
    )
