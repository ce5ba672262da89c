"""The mailbox: all accepted mails and pushes for people and programs, and the switchboard of faults."""

import json
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

from pydantic import BaseModel, ValidationError

from infra.local.branded import colours, mark
from infra.local.preview.page import page
from infra.local.providers.exchange import Answer, Request, json_answer
from infra.local.providers.faults import Fault, FaultPlan
from infra.local.providers.folded import Asked, AskedAlike, alike, folded
from infra.local.providers.webhooks import NoSuchMail, Order, Webhooks
from owlpost.domain.brand import OWL, Brand

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.providers.ledger import Ledger

Query = TypeVar("Query", bound=BaseModel)
PAGES = Path(__file__).parent / "pages"
FRAME = Path(__file__).parents[1] / "pages"
START = PAGES / "mailbox.html"
FILES = {
    "/frame.css": (FRAME / "frame.css", "text/css"),
    "/mailbox.css": (PAGES / "mailbox.css", "text/css"),
    "/mailbox.js": (PAGES / "mailbox.js", "text/javascript"),
}


class Mailbox:
    """The application behind the mailbox's HTTP server. It shows the records of the ledger."""

    def __init__(
        self,
        *,
        ledger: "Ledger",
        faults: FaultPlan,
        webhooks: Webhooks,
        console_url: str | None = None,
        brand: Brand = OWL,
    ) -> None:
        self._console_url = console_url
        self._brand = brand
        self._ledger = ledger
        self._faults = faults
        self._webhooks = webhooks
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/messages.json"): self._messages,
            ("GET", "/folded.json"): lambda request: json_answer(200, folded(ledger, _query(Asked, request))),
            ("GET", "/alike.json"): lambda request: json_answer(200, alike(ledger, _query(AskedAlike, request))),
            ("GET", "/message.json"): self._message,
            ("GET", "/preview"): lambda _: _document(page(brand).encode(), "text/html"),
            ("GET", "/neighbours.json"): lambda _: json_answer(200, {"console": self._console_url}),
            ("GET", "/ledger.json"): lambda _: json_answer(200, self._ledger.summary()),
            ("GET", "/duplicates.json"): lambda _: json_answer(200, self._ledger.duplicates()),
            ("GET", "/faults"): lambda _: json_answer(200, self._faults.report()),
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._clear_faults,
            ("POST", "/webhooks"): self._send_webhook,
        }

    def _start(self) -> str:
        brand = self._brand
        start = Template(START.read_text(encoding="utf-8"))
        return start.substitute(brand=escape(brand.name), mark=escape(mark(brand)), colours=colours(brand))

    def handle(self, request: Request) -> Answer:
        """Answer one request."""
        path = urlsplit(request.path).path
        if request.method == "GET" and path == "/":
            return _document(self._start().encode(), "text/html")
        if request.method == "GET" and path in FILES:
            return _file(*FILES[path])
        route = self._routes.get((request.method, path))
        try:
            return route(request) if route else json_answer(404, {"error": "There is no such page."})
        except ValidationError as error:
            return _refused(error)

    def _message(self, request: Request) -> Answer:
        found = self._ledger.message(_query(AskedAlike, request).id)
        return json_answer(200, found) if found else json_answer(404, {"error": "There is no such message."})

    def _messages(self, request: Request) -> Answer:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        limit = asked.pop("limit", "100")
        if not limit.isdecimal():
            return json_answer(400, {"error": "limit is a whole number"})
        about = {name: asked[name] for name in ("delivery", "notification") if name in asked}
        if about:
            return json_answer(200, {"messages": self._ledger.messages_of(**about, limit=int(limit))})
        return json_answer(200, {"messages": self._ledger.messages(limit=int(limit))})

    def _add_fault(self, request: Request) -> Answer:
        try:
            self._faults.add(Fault.model_validate(json.loads(request.body)))
        except ValueError as error:
            return _refused(error)
        return json_answer(201, self._faults.report())

    def _clear_faults(self, _: Request) -> Answer:
        self._faults.clear()
        return json_answer(200, self._faults.report())

    def _send_webhook(self, request: Request) -> Answer:
        if not self._webhooks.configured:
            return json_answer(409, {"error": "It is not known where webhooks go."})
        try:
            return json_answer(202, {"id": self._webhooks.send(Order.model_validate(json.loads(request.body)))})
        except ValueError as error:
            return _refused(error)
        except NoSuchMail as error:
            return json_answer(404, {"error": str(error)})


def _query(model: type[Query], request: Request) -> Query:
    """Return the query as the model reads it. Raises ValidationError."""
    return model.model_validate(dict(parse_qsl(urlsplit(request.path).query, keep_blank_values=True)))


def _refused(error: ValueError) -> Answer:
    problems = [each["msg"] for each in error.errors()] if isinstance(error, ValidationError) else [str(error)]
    return json_answer(400, {"error": "; ".join(problems)})


def _file(file: Path, content_type: str) -> Answer:
    return _document(file.read_bytes(), content_type)


def _document(body: bytes, content_type: str) -> Answer:
    headers = (("content-type", f"{content_type}; charset=utf-8"), ("cache-control", "no-store"))
    return Answer(200, body, headers)
