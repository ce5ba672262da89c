"""Hostile HTTP requests: honest ones of every operation with another value at one place, each place in its turn."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import quote

from infra.local.runtime.http_server import Request
from tests.fuzz import nasty
from tests.fuzz.honest import BODIES, PARAMETERS
from tests.fuzz.mutation import as_text, mutated, swollen

#: What is made of the honest value at a place.
Change: TypeAlias = Callable[[str], str]
#: Headers that the functions, their libraries or the gateway read.
HEADERS = ("authorization", "content-type", "if-none-match", "user-agent", "origin", "sec-fetch-site", "accept")
OTHER_HEADERS = (
    *("accept-encoding", "accept-language", "content-encoding", "range", "x-forwarded-for", "x-http-method-override"),
    *("svix-id", "svix-timestamp", "svix-signature", "x-owlpost-anything"),
)
COOKIES = ("token", "__Host-token", "browser", "__Host-browser", "anything")
LONGEST_IN_HEAD = 2_000
#: Places of each operation, so that one with nothing of its own has its turn as often as others.
FEWEST = 4
LARGEST_BODY = 60_000
CLIENT = "203.0.113.7"
#: What may end the sender's session.
ENDING = ("/v1/auth/logout", "/v1/auth/sessions")
#: Before the name of a sender's value: it is put at a place that is another's.
OWN = "own "


@dataclass(frozen=True, slots=True)
class Operation:
    """What can be asked: `parameters` are of the query, `body` is an honest one, `headers` are read by this one alone."""

    method: str
    path: str
    parameters: tuple[str, ...] = ()
    body: Any = None
    headers: tuple[str, ...] = ()

    @property
    def in_path(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{")]


@dataclass(frozen=True, slots=True)
class Card:
    """One operation with one change at one place; `kind` is path, query, header, member, body or any."""

    operation: Operation
    kind: str
    name: str
    change: Change


@dataclass
class Sender:
    """Who asks: the token of a session, and honest values of parameters, some of which only we can make."""

    bearer: str
    values: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str, path: str) -> str:
        """Return the honest value of a parameter; several paths have a cursor each."""
        return self.values.get(f"{name} of {path}") or self.values.get(name) or PARAMETERS.get(name, "")

    def changed(self, card: "Card", value: str) -> str:
        """Return what the card makes of the value."""
        text = card.change(value)
        return self.values.get(text.removeprefix(OWN), text) if text.startswith(OWN) else text


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI document, with honest bodies."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            parameters = tuple(each["name"] for each in operation.get("parameters", ()) if each["in"] == "query")
            body = honest_body(path) if "requestBody" in operation else None
            headers = ("if-none-match",) if "304" in operation["responses"] else ()
            found.append(Operation(method.upper(), path, parameters, body, headers))
    return found


def honest_body(path: str) -> dict[str, Any]:
    return BODIES[max((beginning for beginning in BODIES if path.startswith(beginning)), key=len)]


def deal(chance: random.Random, asked: list[Operation], own: list[str]) -> Iterator[Card]:
    """Yield cards for ever: in each round one for each place of each operation, with a value that it has not had yet.

    `own` names values of the sender, which are tried at each other's places.
    """
    places = [(operation, *place) for operation in asked for place in _places(operation)]
    decks = {number: _changes(chance, own, place[2]) for number, place in enumerate(places)}
    while True:
        order = list(decks)
        chance.shuffle(order)
        for place in order:
            operation, kind, name = places[place]
            yield Card(operation, kind, name, next(decks[place]))


@dataclass
class _Draft:
    """A request in parts that can be changed one by one."""

    path: dict[str, str]
    query: list[tuple[str, str]]
    headers: dict[str, str]
    cookies: dict[str, str]
    body: bytes


def request(chance: random.Random, card: Card, sender: Sender) -> Request:
    """Return the request of a card."""
    operation, draft = card.operation, _honest(chance, card, sender)
    match card.kind:
        case "path":
            draft.path[card.name] = sender.changed(card, draft.path[card.name])
        case "query":
            draft.query = _in_query(chance, draft.query, card, sender)
        case "header":
            draft.headers[card.name] = _in_head(sender.changed(card, ""))
        case "member":
            draft.body = _in_body(operation.body, card, sender)
        case "body":
            draft.body = _garbled(chance, operation.body)
        case _:
            _change_any(chance, draft, card, sender)
    return _sent(operation, draft)


def _honest(chance: random.Random, card: Card, sender: Sender) -> _Draft:
    """Return a request that is answered well, with a bearer or a cookie, and some of the parameters."""
    operation = card.operation
    query = [(name, sender.value(name, operation.path)) for name in operation.parameters]
    draft = _Draft(
        path={name: sender.value(name, operation.path) for name in operation.in_path},
        query=[(name, value) for name, value in query if chance.random() < 0.5 or name == card.name],
        headers={"host": "owlpost.example", "content-type": "application/json", "user-agent": "Owlpost/1.0 (iPhone)"},
        cookies={},
        body=b"" if operation.body is None else json.dumps(operation.body).encode(),
    )
    if chance.random() < 0.5:
        draft.headers["authorization"] = f"Bearer {sender.bearer}"
    else:
        draft.cookies["token"] = sender.bearer
        draft.headers["sec-fetch-site"] = "same-origin"
    return draft


def _change_any(chance: random.Random, draft: _Draft, card: Card, sender: Sender) -> None:
    """Change what all operations have in common: a header, a cookie or a parameter that they do not know."""
    if chance.random() < 0.3:
        draft.query = _in_query(chance, draft.query, card, sender)
        return
    names, values = chance.choice(((HEADERS, draft.headers), (COOKIES, draft.cookies)))
    name = chance.choice((*names, chance.choice(OTHER_HEADERS)) if names is HEADERS else names)
    usual = "" if names is HEADERS else sender.bearer
    values[name] = _in_head(sender.changed(card, values.get(name, usual)))


def _sent(operation: Operation, draft: _Draft) -> Request:
    headers = dict(draft.headers)
    if draft.cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in draft.cookies.items())
    target = operation.path.format_map({name: _quoted(value) for name, value in draft.path.items()})
    asked = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in draft.query)
    target = f"{target}?{asked}" if asked else target
    return Request(operation.method, target, "HTTP/1.1", list(headers.items()), draft.body, CLIENT)


def _places(operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield its places, at least FEWEST: those of its own first, then what all have in common, at each turn another."""
    named = [("path", name) for name in operation.in_path]
    named += [("query", name) for name in operation.parameters * 2]
    named += [("header", name) for name in operation.headers * 2]
    if operation.body is not None:
        named += [*(("member", name) for name in [*operation.body] * 2), ("body", "1"), ("body", "2")]
    yield from named
    yield from [("any", "")] * max(1, FEWEST - len(named))


def _changes(chance: random.Random, own: list[str], name: str) -> Iterator[Change]:
    """Yield changes of a value for ever: texts of each kind, and every other time one that is near to what is honest."""
    played = (*GARBLES, *(_to(OWN + each) for each in own))
    near = [_to(text) for text in nasty.WHOLE] if PARAMETERS.get(name, "").isdecimal() else played
    texts = nasty.texts(chance)
    while True:
        yield chance.choice(near)
        yield _to(next(texts))
        if name not in PARAMETERS and name not in own:
            yield _to(next(texts))


def _to(text: str) -> Change:
    return lambda _: text


#: What becomes of a value that is ours when somebody plays with it.
GARBLES: tuple[Change, ...] = (
    *(lambda value: value[:-1], lambda value: value[1:], lambda value: value + "A", lambda value: value * 2),
    *(lambda value: value + "=", lambda value: value.swapcase(), lambda value: value[: len(value) // 2]),
    *(lambda value: value.replace("-", "+").replace("_", "/"), lambda value: value.replace(".", "..")),
    *(lambda value: "é" + value[1:], lambda value: value[:-1] + "ÿ", lambda value: value + " é"),
    *(lambda value: value.partition(" ")[0], lambda value: value.replace("-", ""), lambda value: value[::-1]),
)


def _in_query(chance: random.Random, query: list[tuple[str, str]], card: Card, sender: Sender) -> list[tuple[str, str]]:
    """Replace the parameter, or add it: once more, or very often."""
    before = dict(query).get(card.name, "")
    value = sender.changed(card, before)
    changed = (card.name if card.name in card.operation.parameters else value, value)
    match chance.randrange(5):
        case 0:
            return [*query, changed]
        case 1:
            return [*query, *[(card.name, before or "1")] * chance.choice((2, 500))]
    return [each for each in query if each[0] != card.name] + [changed]


def _in_head(value: str) -> str:
    """Return the value as a line of the head may carry it."""
    return "".join(each for each in value if each == "\t" or (each >= " " and each != "\x7f"))[:LONGEST_IN_HEAD]


def _in_body(honest: dict[str, Any], card: Card, sender: Sender) -> bytes:
    body = deepcopy(honest)
    before = body[card.name]
    body[card.name] = sender.changed(card, before if isinstance(before, str) else json.dumps(before))
    return json.dumps(body).encode()


def _garbled(chance: random.Random, honest: Any) -> bytes:
    """Return another value as JSON, or bytes that are none."""
    if chance.random() < 0.7:
        change = swollen if chance.random() < 0.25 else mutated
        return as_text(chance, change(chance, honest, largest=LARGEST_BODY)).encode(errors="surrogatepass")
    text = json.dumps(honest)
    at, odd = chance.randrange(len(text)), chance.choice(nasty.BYTES)
    within = text[:at].encode() + odd + text[at:].encode()
    return chance.choice((text.encode("utf-16"), text.encode("utf-8-sig"), odd + text.encode(), within, odd))


def _quoted(value: str) -> str:
    return quote(value[:LONGEST_IN_HEAD], safe="", errors="surrogatepass")
