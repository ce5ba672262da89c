"""Pages of other origins, as an installation lists them: they ask with a token of their own login, and never by a cookie.

By the Fetch standard a browser asks first, by a preflight, whether a page may send such a token, and then shows the page only
what says that it is meant for it. https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from typing import Any

from owlpost.wiring.settings import embedding_origins

METHODS = "GET, HEAD, POST, PATCH, DELETE"
#: What no page may send without asking.
SENT = "authorization, content-type, if-none-match"
#: What scripts may read beside what any may: by which tag to ask again, and when.
READ = "etag, retry-after"
#: Seconds that a browser remembers the answer for an address; Chromium remembers none for longer.
REMEMBERED = 7_200
ANSWER = {
    "access-control-allow-methods": METHODS,
    "access-control-allow-headers": SENT,
    "access-control-max-age": str(REMEMBERED),
    "cache-control": "no-store",
}


def preflight(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the answer to a listed origin that asks whether it may send something; None for anything else.

    Nothing is looked up for it: a page sends one for each address that it asks for the first time.
    """
    headers = event["headers"]
    if event["requestContext"]["http"]["method"] != "OPTIONS" or "access-control-request-method" not in headers:
        return None
    if headers.get("origin") not in embedding_origins():
        return None
    allowed = {**ANSWER, "access-control-allow-origin": headers["origin"], "vary": "origin"}
    return {"statusCode": 204, "headers": allowed, "cookies": [], "body": "", "isBase64Encoded": False}


def for_its_reader(event: dict[str, Any], headers: dict[str, str]) -> dict[str, str]:
    """Return the headers of a response, with those that let a listed page read it that has sent a token.

    Without `access-control-allow-credentials` no browser shows a page what was asked with a cookie.
    """
    origins = embedding_origins()
    if not origins:
        return headers
    asked, vary = event["headers"], headers.get("vary")
    told = {**headers, "vary": f"{vary}, origin" if vary else "origin"}
    if asked.get("origin") in origins and "authorization" in asked:
        told |= {"access-control-allow-origin": asked["origin"], "access-control-expose-headers": READ}
    return told
