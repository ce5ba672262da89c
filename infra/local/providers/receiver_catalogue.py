"""What receivers of webhooks answer. They are strangers' servers, so there is no list: here is each kind that has a meaning.

`[SW …]` is a file of standard-webhooks/standard-webhooks with the section.
"""

from infra.local.providers.catalogue import HTML, TEXT, Catalogue, CataloguedAnswer, page
from owlpost.channels.provider_answer import Meaning

JSON = "application/json; charset=utf-8"
_SPECIFIED = "[SW spec/standard-webhooks.md, Delivery success and failure]"


def _page(status: int, meaning: Meaning, text: str = "") -> CataloguedAnswer:
    return page(status, meaning, _SPECIFIED, text, HTML if text.startswith("<") else TEXT if text else "")


ANSWERS: dict[str, CataloguedAnswer] = {
    "taken": CataloguedAnswer(200, {"challenge": ""}, Meaning.ACCEPTED, _SPECIFIED, content_type=JSON),
    "no_content": _page(204, Meaning.ACCEPTED),
    "moved": _page(301, Meaning.REFUSED, "<html><title>301 Moved Permanently</title></html>"),
    "found": _page(302, Meaning.REFUSED),
    "bad_request": _page(400, Meaning.PASSES, "bad request"),
    "unauthorized": _page(401, Meaning.PASSES, "invalid signature"),
    "not_found": _page(404, Meaning.PASSES, "<html><title>404 Not Found</title></html>"),
    "gone": _page(410, Meaning.DEAD, "gone"),
    "too_fast": _page(429, Meaning.TOO_FAST, "slow down"),
    "error": _page(500, Meaning.PASSES, "<html><title>500 Internal Server Error</title></html>"),
    "bad_gateway": _page(502, Meaning.PASSES, "<html><title>502 Bad Gateway</title></html>"),
    "unavailable": _page(503, Meaning.PASSES, "<html><title>503 Service Unavailable</title></html>"),
}

CATALOGUE = Catalogue(
    answers=ANSWERS, fixed=frozenset(), content_type=JSON, optional=frozenset({"retry-after", "location"})
)
