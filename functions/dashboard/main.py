"""The dashboard as one function: pages that are never kept, and assets that are kept for ever."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.dashboard.assets import assets
from functions.dashboard.pages import HOME, LOGIN, LOGIN_PATH, NOT_HERE, PAGES, Page

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

#: The API's session cookie. Only whether there is one is looked at: the API, which each page asks, knows what it is worth.
COOKIE = "token"
FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
}
HTML = "text/html; charset=utf-8"
#: What other pages of this origin load by a name that stays; see docs/embed.md.
EMBEDDABLE = ("owlpost-inbox.js",)

app = APIGatewayHttpResolver()


@app.get("/")
@app.get("/dashboard")
def start() -> Response[str]:
    return _elsewhere(HOME)


@app.get(LOGIN_PATH)
def login() -> Response[str]:
    """Never leads away by itself: a stale cookie would make a loop of it."""
    return _page(LOGIN, LOGIN_PATH)


@app.get("/dashboard/.+")
def page() -> Response[str]:
    event: APIGatewayProxyEventV2 = app.current_event
    if not event.resolved_cookies_field.get(COOKIE):
        asked = f"{event.raw_path}?{event.raw_query_string}" if event.raw_query_string else event.raw_path
        return _elsewhere(f"{LOGIN_PATH}?next={quote(asked, safe='/')}")
    return _page(PAGES.get(event.raw_path, NOT_HERE), event.raw_path)


@app.get("/assets/<name>")
def latest(name: str) -> Response[str]:
    """A name that stays, for pages that are not ours: a module that loads the version of today."""
    if name not in EMBEDDABLE:
        return _page(NOT_HERE, "")
    body = f'export * from "{assets().url(name)}";\n'
    return Response(200, assets().content_type(name), body, headers={"cache-control": "no-cache"})


@app.get("/assets/<version>/<name>", compress=True)
def asset(version: str, name: str) -> Response[str]:
    """A page that was loaded before a deployment may ask for a version that is gone: it is led to today's."""
    if name not in assets().files:
        return _page(NOT_HERE, "")
    if version != assets().version:
        return _elsewhere(assets().url(name))
    return Response(200, assets().content_type(name), assets().files[name], headers={"cache-control": FOR_EVER})


@app.not_found
def not_found(_error: Exception) -> Response[str]:
    return _page(NOT_HERE, "")


def _page(page: Page, path: str) -> Response[str]:
    return Response(page.status, HTML, page.html(path))


def _elsewhere(where: str) -> Response[str]:
    return Response(HTTPStatus.FOUND.value, headers={"location": where})


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = app.resolve(event, context)
    given = {name.lower(): value for name, value in answer["headers"].items()}
    return {**answer, "headers": {**HEADERS, **given}}
