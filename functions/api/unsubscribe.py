"""`/v1/unsubscribe`, the link in mails. GET changes nothing, because mail scanners follow links; POST does."""

import base64
import hashlib
from html import escape
from http import HTTPStatus
from string import Template
from typing import Annotated

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse, OpenAPIResponseContentSchema

from functions.api.error_responses import JSON, PUBLIC, documented_responses
from functions.api.routes import new_router
from functions.api.schemas import common as schemas
from owlpost.domain.errors import InvalidRequest
from owlpost.services.people.unsubscribe import Subject
from owlpost.wiring import api as wiring

router = new_router()
TAGS = ["unsubscribe"]
PATH = "/v1/unsubscribe"
HTML = "text/html; charset=utf-8"

_PAGE: OpenAPIResponseContentSchema = {"schema": {"type": "string"}}
OK_PAGE: OpenAPIResponse = {"description": "OK", "content": {"text/html": _PAGE}}
OK_EITHER: OpenAPIResponse = {"description": "OK", "content": {"text/html": _PAGE, JSON: {"model": schemas.Success}}}
FORGED: OpenAPIResponse = {
    "description": "Invalid token",
    "content": {"text/html": _PAGE, JSON: {"model": schemas.Problem}},
}

STYLE = """
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 0; }
main { max-width: 26rem; padding: 1.5rem; text-align: center; }
h1 { font-size: 1.4rem; text-wrap: balance; }
button { font: inherit; font-weight: 600; padding: .7em 1.4em; border: 0; border-radius: .5em; }
button { background: #3547c8; color: #fff; }
button:focus-visible { outline: 3px solid #93a0ff; outline-offset: 2px; }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>$title</title>
<style>$style</style>
</head>
<body><main><h1>$title</h1>$content</main></body>
</html>
""")
BUTTON = '<form method="post"><button>Unsubscribe</button></form>'
SETTINGS = (
    '<p>You can turn it on again in your <a href="/dashboard/profile/notifications">notification settings</a>.</p>'
)


@router.get(
    PATH,
    summary="A page with the button",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, 400, public=True) | {200: OK_PAGE, 400: FORGED},
)
def look(token: Annotated[str, Query()]) -> Response[str]:
    try:
        subject = wiring.unsubscribing().look(token)
    except InvalidRequest:
        return _page("This link is not valid", "", status=HTTPStatus.BAD_REQUEST)
    return _page(f"Stop {_named(subject)} on {subject.channel_label}?", BUTTON)


@router.post(
    PATH,
    summary="Unsubscribe in one click (RFC 8058)",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, 400, public=True) | {200: OK_EITHER},
)
def turn_off(request: Request, token: Annotated[str, Query()]) -> Response[str]:
    subject = wiring.unsubscribing().turn_off(token)
    if "text/html" not in request.headers.get("accept", ""):
        return Response(200, JSON, schemas.Success().model_dump_json())
    verb = "are" if len(subject.type_labels) > 1 else "is"
    return _page(f"{_named(subject)} {verb} now off on {subject.channel_label}", SETTINGS)


def _named(subject: Subject) -> str:
    """Return the types as a person reads them: “Feedback”, or “Feedback”, “Reviews” and “Ratings”."""
    *before, last = (f"“{label}”" for label in subject.type_labels)
    return f"{', '.join(before)} and {last}" if before else last


def _page(title: str, content: str, *, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    body = PAGE.substitute(title=escape(title), style=STYLE, content=content)
    return Response(status.value, HTML, body, headers={"content-security-policy": POLICY})
