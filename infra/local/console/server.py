"""The console: a page on this machine, by which an operator looks at Owlpost and acts on it with their own rights.

It is a second command line: what the page asks is passed on to `owlpost-operate` as `owlpost …` does, so nothing in the account
is opened for it. Each question is a POST with the token that only this page knows; other sites are refused by the door.
"""

import hmac
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from infra.local.branded import mark
from infra.local.console.neighbour import MailboxAway, Neighbour
from infra.local.runtime.http_server import HttpServer, Request, Response
from owlpost.domain.brand import OWL

log = logging.getLogger(__name__)

#: Passes a command on and returns the answer of `owlpost-operate`, which may be `{"error": {"kind", "message"}}`.
Ask: TypeAlias = Callable[[Mapping[str, object]], Any]

PAGES = Path(__file__).parent / "pages"
FRAME = Path(__file__).parents[1] / "pages"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
PROOF = "x-owlpost-page"
#: Where the page holds the token, and where the owl.
TOKEN, DRAWN = b"{{ token }}", b"{{ owl }}"
MOST_BODY = 1_000_000
UNKNOWN = {"kind": "not_found", "message": "There is no such page."}
#: The page runs its own scripts alone. What a mail holds runs none, and loads nothing: styles are in the mail itself.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Console:
    """Listens from the start on, and answers between `start()` and `stop()`. `url` is where the page is."""

    def __init__(self, *, port: int = 0) -> None:
        self._token = secrets.token_urlsafe(32)
        self._ask: Ask | None = None
        self._neighbour: Neighbour | None = None
        self._place = ""
        self._server = HttpServer(self._answer, port=port, most_body=MOST_BODY, pages=True)

    @property
    def url(self) -> str:
        return self._server.url

    def start(self, ask: Ask, *, place: str, mailbox: str | None = None) -> None:
        """Serve. `place` says in words where the answers come from, `mailbox` is the address of the laptop's, if it is one."""
        self._ask, self._place = ask, place
        self._neighbour = Neighbour(mailbox) if mailbox else None
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        path = request.target.partition("?")[0]
        if request.method == "GET":
            return self._page("console.html" if path == "/" else path.removeprefix("/"))
        if request.method != "POST":
            return _json(405, {"error": UNKNOWN})
        if not hmac.compare_digest((request.header(PROOF) or "").encode(), self._token.encode()):
            return _json(
                403, {"error": {"kind": "invalid_request", "message": "Reload the page: its token is an old one."}}
            )
        try:
            return self._act(path, request.body)
        except MailboxAway as error:
            return _json(502, {"error": {"kind": "unavailable", "message": str(error)}})
        except ValueError as error:
            return _json(400, {"error": {"kind": "invalid_request", "message": str(error)}})

    def _act(self, path: str, body: bytes) -> Response:
        asked = json.loads(body or b"{}")
        match path:
            case "/operate" if self._ask:
                return _json(200, self._ask(asked))
            case "/place":
                return _json(200, {"place": self._place, "mailbox": self._neighbour.url if self._neighbour else None})
            case "/sent" if self._neighbour:
                return _json(200, self._neighbour.sent(asked))
            case "/faults" if self._neighbour:
                return _json(200, self._neighbour.faults(asked))
            case _:
                return _json(404, {"error": UNKNOWN})

    def _page(self, name: str) -> Response:
        file = next((folder / name for folder in (PAGES, FRAME) if name in _names(folder)), None)
        if file is None:
            return _json(404, {"error": UNKNOWN})
        body = file.read_bytes().replace(TOKEN, self._token.encode()).replace(DRAWN, mark(OWL).encode())
        return Response(
            200,
            body,
            [
                ("Content-Type", f"{TYPES[file.suffix]}; charset=utf-8"),
                ("Cache-Control", "no-store"),
                ("Content-Security-Policy", POLICY),
                ("X-Content-Type-Options", "nosniff"),
                ("Referrer-Policy", "no-referrer"),
            ],
        )


def _names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def _json(status: int, answer: Any) -> Response:
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
    return Response(status, json.dumps(answer).encode(), headers)
