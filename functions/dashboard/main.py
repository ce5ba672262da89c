"""The dashboard as one function: pages that are never cached, and assets that are cached for ever."""

import json
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.dashboard.assets import EMBEDDABLE, assets
from functions.dashboard.bundles import embedded_script
from functions.dashboard.languages import COOKIE, chosen, texts
from functions.dashboard.mark import MARK, PICTURE, TOUCH
from functions.dashboard.pages import (
    HOME,
    INVITATION,
    INVITATION_PATH,
    LOGIN,
    LOGIN_PATH,
    NOT_HERE,
    PAGES,
    TOUCH_PICTURE,
    Page,
)
from functions.dashboard.policy import content_security_policy, loaded_from
from owlpost.domain.brand import OWL_PICTURE
from owlpost.settings_brand import brand

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

#: The API's session cookie, and what the login page leaves for people who are signed in by a cookie of the host product. Only
#: whether there is one is looked at: the API, which each page asks, knows what it is worth.
COOKIES = ("__Host-token", "token", "owlpost-signed-in")
#: A page has no data of a person in it, so a browser may keep it for Back, and asks again for any other visit.
KEPT_FOR_BACK = "private, no-cache"
#: What a page and the scripts that it loads depend on, beside the address.
BY_LANGUAGE = "accept-language, cookie"
FOR_A_WEEK = "public, max-age=604800"
FOR_EVER = "public, max-age=31536000, immutable"
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": content_security_policy(),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}
HTML = "text/html; charset=utf-8"

app = APIGatewayHttpResolver()


@app.get("/")
@app.get("/dashboard")
def start() -> Response[str]:
    return _elsewhere(HOME)


@app.get(LOGIN_PATH)
def login() -> Response[str]:
    """Return the sign-in page, also to somebody with a cookie: with a stale one, a redirect would make a loop."""
    return _page(LOGIN, LOGIN_PATH)


@app.get("/dashboard/.+")
def page() -> Response[str]:
    path = app.current_event.path
    return _for_somebody(PAGES.get(path, NOT_HERE), path)


@app.get(INVITATION_PATH)
def invitation() -> Response[str]:
    """Return the page that the link in an invitation mail opens."""
    return _for_somebody(INVITATION, INVITATION_PATH)


@app.get("/sw.js")
def worker() -> Response[str]:
    """Return what shows a push. What it may do ends at the folder it is served from, so it is not among the assets."""
    body = assets().files["sw.js"].replace('"NEWS"', json.dumps(texts(_language())["push.fallback"]))
    if picture := brand().picture(""):
        body = body.replace("ICON = undefined", f"ICON = {json.dumps(picture)}")
    return Response(200, assets().content_type("sw.js"), body, headers={"cache-control": "no-cache"})


@app.get("/manifest.webmanifest")
def manifest() -> Response[str]:
    """Return what makes these pages an app on the Home Screen, where alone iPhones let a site notify anybody."""
    told = {
        "name": brand().name,
        "start_url": HOME,
        "scope": "/",
        "display": "standalone",
        "icons": [_icon()],
    }
    return Response(200, "application/manifest+json", json.dumps(told), headers={"cache-control": "no-cache"})


def _icon() -> dict[str, str]:
    if logo := brand().logo:
        return {"src": logo, "sizes": "any"}
    return {"src": assets().url(MARK), "sizes": "any", "type": "image/svg+xml"}


@app.get(OWL_PICTURE)
def owl() -> Response[str] | Response[bytes]:
    """Return the owl of mails, also of those that were sent long ago. A person's mail may be a page of another origin."""
    return _picture(PICTURE, {"cross-origin-resource-policy": "cross-origin"})


@app.get(TOUCH_PICTURE)
def touch() -> Response[str] | Response[bytes]:
    """Return the owl of a Home Screen."""
    return _picture(TOUCH, {})


def _picture(file: Path, headers: dict[str, str]) -> Response[str] | Response[bytes]:
    if not brand().is_owl:
        return _page(NOT_HERE, "")
    return Response(200, "image/png", file.read_bytes(), headers={"cache-control": FOR_A_WEEK, **headers})


@app.get("/assets/<name>")
def latest(name: str) -> Response[str]:
    """Return a module with a stable name that loads the current version, for pages that are not ours.

    Such a page may have a language of its own, and say so in the address.
    """
    if name not in EMBEDDABLE:
        return _page(NOT_HERE, "")
    asked = app.current_event.query_string_parameters.get("language")
    language = chosen(asked, None) if asked else _language()
    body = f'export * from "{assets().url(embedded_script(name, language))}";\n'
    headers = {"cache-control": "no-cache", "vary": BY_LANGUAGE}
    return Response(200, assets().content_type(name), body, headers=headers)


@app.get("/assets/<version>/<name>")
def asset(version: str, name: str) -> Response[str] | Response[bytes]:
    """Return an asset. A page from before a deployment may ask for an old version: redirect it to the current one."""
    if name not in assets().files:
        return _page(NOT_HERE, "")
    if version != assets().version:
        return _elsewhere(assets().url(name))
    headers = {"cache-control": FOR_EVER, "vary": "accept-encoding"}
    if "gzip" in app.current_event.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(200, assets().content_type(name), assets().compressed(name), headers=headers)
    return Response(200, assets().content_type(name), assets().files[name], headers=headers)


@app.not_found
def not_found(_error: Exception) -> Response[str]:
    return _page(NOT_HERE, "")


def _for_somebody(page: Page, path: str) -> Response[str]:
    """Return the page if there is a session cookie; otherwise redirect to the sign-in page, which leads back here."""
    event: APIGatewayProxyEventV2 = app.current_event
    if any(event.resolved_cookies_field.get(name) for name in COOKIES):
        return _page(page, path)
    asked = f"{path}?{event.raw_query_string}" if event.raw_query_string else path
    return _elsewhere(f"{LOGIN_PATH}?next={quote(asked, safe='/')}")


def _page(page: Page, path: str) -> Response[str]:
    headers = {"vary": BY_LANGUAGE}
    if page.signed_in and page.status == HTTPStatus.OK:
        headers["cache-control"] = KEPT_FOR_BACK
    return Response(page.status, HTML, page.html(path, _language()), headers=headers)


def _language() -> str:
    event: APIGatewayProxyEventV2 = app.current_event
    return chosen(event.resolved_cookies_field.get(COOKIE), event.headers.get("accept-language"))


def _elsewhere(where: str) -> Response[str]:
    return Response(HTTPStatus.FOUND.value, headers={"location": where})


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve one request. A HEAD request gets the status and headers of the GET, without its body."""
    http = event["requestContext"]["http"]
    if http["method"] != "HEAD":
        return _respond(event, context)
    as_get = {**event["requestContext"], "http": {**http, "method": "GET"}}
    response = _respond({**event, "requestContext": as_get}, context)
    return {**response, "body": "", "isBase64Encoded": False}


def _respond(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    response = app.resolve(event, context)
    headers = {name.lower(): value for name, value in response["headers"].items()}
    loaded = loaded_from() if event["rawPath"].startswith("/assets/") else {}
    return {**response, "headers": {**HEADERS, **headers, **loaded}}
