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
from functions.api.language import words_for
from functions.api.routes import new_router
from functions.api.schemas import common as schemas
from owlpost.domain.errors import InvalidRequest
from owlpost.services.people.unsubscribe import Subject
from owlpost.wiring import api as wiring
from owlpost.words import Words

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

STYLE = Template("""
:root { color-scheme: light dark; font: 17px/1.5 system-ui, sans-serif; }
body { display: grid; place-items: center; min-height: 90vh; margin: 0; }
header { font-weight: 700; } header img { vertical-align: -.4em; }
main { max-width: 26rem; padding: 1.5rem; text-align: center; }
h1 { font-size: 1.4rem; text-wrap: balance; }
button { font: inherit; font-weight: 600; padding: .7em 1.4em; border: 0; border-radius: .5em; }
button { background: $accent; color: #fff; }
button:focus-visible { outline: 3px solid #93a0ff; outline-offset: 2px; }
""")
PAGE = Template("""<!doctype html>
<html lang="$language">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>$title · $brand</title>
<style>$style</style>
</head>
<body><main><header>$mark$brand</header><h1>$title</h1>$content</main></body>
</html>
""")
BUTTON = '<form method="post"><button>{}</button></form>'
SETTINGS = '<a href="/dashboard/profile/notifications">{}</a>'


@router.get(
    PATH,
    summary="A page with the button",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, 400, public=True) | {200: OK_PAGE, 400: FORGED},
)
def look(request: Request, token: Annotated[str, Query()]) -> Response[str]:
    words = words_for(request)
    try:
        subject = wiring.unsubscribing().look(token, words)
    except InvalidRequest:
        return _page(words, words("unsubscribe.invalid"), "", status=HTTPStatus.BAD_REQUEST)
    title = words("unsubscribe.ask", types=_named(subject, words), channel=subject.channel_label)
    return _page(words, title, BUTTON.format(escape(words("unsubscribe.button"))))


@router.post(
    PATH,
    summary="Unsubscribe in one click (RFC 8058)",
    tags=TAGS,
    openapi_extensions=PUBLIC,
    responses=documented_responses(200, 400, public=True) | {200: OK_EITHER},
)
def turn_off(request: Request, token: Annotated[str, Query()]) -> Response[str]:
    words = words_for(request)
    subject = wiring.unsubscribing().turn_off(token, words)
    if "text/html" not in request.headers.get("accept", ""):
        return Response(200, JSON, schemas.Success().model_dump_json())
    named, count = _named(subject, words), len(subject.type_labels)
    title = words.counted("unsubscribe.done", count, types=named, channel=subject.channel_label)
    again = escape(words("unsubscribe.again", link="{link}"))
    link = SETTINGS.format(escape(words("unsubscribe.settings")))
    return _page(words, title, f"<p>{again.format(link=link)}</p>")


def _named(subject: Subject, words: Words) -> str:
    """Return the types as a person reads them: “Feedback”, or “Feedback”, “Reviews” and “Ratings”."""
    *before, last = (words("quoted", text=label) for label in subject.type_labels)
    return words("list.and", before=", ".join(before), last=last) if before else last


def _page(words: Words, title: str, content: str, *, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    brand = wiring.brand()
    style = STYLE.substitute(accent=brand.mails.light)
    picture = brand.picture("")
    mark = f'<img src="{escape(picture)}" alt="" width="30" height="30"> ' if picture else ""
    body = PAGE.substitute(
        language=words.language, title=escape(title), style=style, content=content, mark=mark, brand=escape(brand.name)
    )
    return Response(
        status.value, HTML, body, headers={"content-security-policy": _policy(style, brand.logo or "'self'")}
    )


def _policy(style: str, pictures: str) -> str:
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{known}'; img-src {pictures}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
