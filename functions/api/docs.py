"""`/v1/openapi.json` and `/v1/docs`: the document that Powertools generates, and the Swagger UI that it ships."""

import base64
import gzip
import hashlib
from functools import cache
from http import HTTPStatus
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from functions.api.cookies import PREFIX, SESSION
from functions.api.error_responses import JSON

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.models import SecurityScheme

ASSETS = "aws_lambda_powertools.event_handler.openapi.swagger_ui"
#: Everything is served from this origin and no script is inline. Styles may be inline, as React sets them on elements.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Owlpost API</title>
<link rel="stylesheet" href="$assets/swagger-ui.min.css">
<script src="$assets/swagger-ui-bundle.min.js" defer></script>
<script src="$assets/start.js" defer></script>
</head>
<body><div id="docs"><a href="/v1/openapi.json">openapi.json</a></div></body>
</html>
""")
START = 'SwaggerUIBundle({url: "/v1/openapi.json", dom_id: "#docs", deepLinking: true});\n'
CONTENT_TYPES = {
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.min.js": "text/javascript; charset=utf-8",
    "swagger-ui.min.css": "text/css; charset=utf-8",
}
DESCRIPTION = (
    "Inbox, devices, preferences and sign-in of Owlpost. Errors are `{error, code?, details?}`; times are UTC."
)

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": PREFIX + SESSION},
}


def add_docs(app: APIGatewayHttpResolver) -> None:
    """Set the document's head, and register the routes that serve it."""
    app.configure_openapi(
        title="Owlpost",
        version="1",
        description=DESCRIPTION,
        # Plain dicts, because importing Powertools' models would slow down each cold start.
        security_schemes=cast("dict[str, SecurityScheme]", SECURITY_SCHEMES),
        security=[{"bearer": []}, {"cookie": []}],
    )
    document = cache(app.get_openapi_json_schema)

    @app.get("/v1/openapi.json", include_in_schema=False)
    def openapi() -> Response[str]:
        return Response(200, JSON, document())

    @app.get("/v1/docs", include_in_schema=False)
    def docs() -> Response[str]:
        page = PAGE.substitute(assets=f"/v1/docs/{_version()}")
        return Response(200, "text/html; charset=utf-8", page, headers={"content-security-policy": POLICY})

    @app.get("/v1/docs/<version>/<name>", include_in_schema=False)
    def asset(version: str, name: str) -> Response[str]:
        """Serve a file of the page. A page from before a deployment is led to the current version."""
        if name not in CONTENT_TYPES:
            raise NotFoundError
        if version != _version():
            where = f"/v1/docs/{_version()}/{name}"
            return Response(HTTPStatus.FOUND.value, "text/plain", "", headers={"location": where})
        headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
        if "gzip" in app.current_event.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            response = Response(200, CONTENT_TYPES[name], _compressed(name), headers=headers)
            response.base64_encoded = True
            return response
        return Response(200, CONTENT_TYPES[name], _asset(name), headers=headers)


@cache
def _version() -> str:
    """Return one hash of all files: it changes when any of them does."""
    return hashlib.sha256("\0".join(map(_asset, sorted(CONTENT_TYPES))).encode()).hexdigest()[:16]


@cache
def _compressed(name: str) -> str:
    """Return the file as gzip in base64, as Lambda answers with bytes. A sandbox compresses each file once."""
    return base64.b64encode(gzip.compress(_asset(name).encode(), mtime=0)).decode()


def _asset(name: str) -> str:
    return START if name == "start.js" else (resources.files(ASSETS) / name).read_text(encoding="utf-8")
