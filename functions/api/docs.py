"""`/v1/openapi.json` and the page to read it: the resolver's own document, shown by the Swagger UI that it ships."""

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from functions.api.cookies import NAME
from functions.api.error_responses import JSON

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.openapi.models import SecurityScheme

ASSETS = "aws_lambda_powertools.event_handler.openapi.swagger_ui"
#: All of it from here: no other site learns who reads, and no script stands in the page. React sets styles on elements.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Owlpost API</title>
<link rel="stylesheet" href="/v1/docs/swagger-ui.min.css">
<script src="/v1/docs/swagger-ui-bundle.min.js" defer></script>
<script src="/v1/docs/start.js" defer></script>
</head>
<body><div id="docs"><a href="/v1/openapi.json">openapi.json</a></div></body>
</html>
"""
START = 'SwaggerUIBundle({url: "/v1/openapi.json", dom_id: "#docs", deepLinking: true});\n'
DESCRIPTION = "Inbox, devices, preferences and sign-in of Owlpost. Errors are `{error, details?}`; times are UTC."

SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": NAME},
}


def add_docs(app: APIGatewayHttpResolver) -> None:
    """Describe `app`, and serve the description."""
    app.configure_openapi(
        title="Owlpost",
        version="1",
        description=DESCRIPTION,
        # As the document has them: the models of the same would be imported at each cold start.
        security_schemes=cast("dict[str, SecurityScheme]", SECURITY_SCHEMES),
        security=[{"bearer": []}, {"cookie": []}],
    )
    document = cache(app.get_openapi_json_schema)

    @app.get("/v1/openapi.json", include_in_schema=False)
    def openapi() -> Response[str]:
        return Response(200, JSON, document())

    @app.get("/v1/docs", include_in_schema=False)
    def docs() -> Response[str]:
        return Response(200, "text/html; charset=utf-8", PAGE, headers={"content-security-policy": POLICY})

    @app.get("/v1/docs/start.js", include_in_schema=False)
    def start() -> Response[str]:
        return Response(200, "text/javascript; charset=utf-8", START)

    @app.get("/v1/docs/swagger-ui-bundle.min.js", include_in_schema=False, compress=True)
    def script() -> Response[str]:
        return Response(200, "text/javascript; charset=utf-8", _asset("swagger-ui-bundle.min.js"))

    @app.get("/v1/docs/swagger-ui.min.css", include_in_schema=False, compress=True)
    def style() -> Response[str]:
        return Response(200, "text/css; charset=utf-8", _asset("swagger-ui.min.css"))


def _asset(name: str) -> str:
    return (resources.files(ASSETS) / name).read_text(encoding="utf-8")
