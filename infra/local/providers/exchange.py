"""Requests and answers of the fake providers, and the ways in which an answer may go wrong."""

import asyncio
import json
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from infra.local.door import refusal


class Conduct(Enum):
    """The server's treatment of an answer."""

    SEND = auto()
    DRIP = auto()  # byte by byte
    SILENCE = auto()  # never; the connection stays open
    CUT = auto()  # the connection is reset instead
    GOAWAY = auto()  # HTTP/2 only: this stream and all later ones are left unprocessed; the body says why


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are in lower case and `path` includes the query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `delay` is seconds before it, or between two bytes of one that drips."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    conduct: Conduct = Conduct.SEND
    delay: float = 0.0


Application = Callable[[Request], Answer]


def json_answer(status: int, document: Any, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return `document` as a JSON answer."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, (("content-type", "application/json; charset=utf-8"), *headers))


def behind_door(application: Application, *, pages: bool, scheme: str) -> Application:
    """Return the application as programs of this machine and its own pages see it; pages of other sites are refused.

    `pages`: whether people come here by links.
    """

    def answer(request: Request) -> Answer:
        why = refusal(request.method, request.headers, pages=pages, scheme=scheme)
        return application(request) if why is None else json_answer(403, {"error": why})

    return answer


def drip(transport: asyncio.Transport, data: bytes, *, delay: float, then: Callable[[], None]) -> None:
    """Write one byte of `data` every `delay` seconds, then call `then`. Stop if the transport closes."""
    loop = asyncio.get_running_loop()

    def step(position: int) -> None:
        if transport.is_closing():
            return
        if position == len(data):
            then()
            return
        transport.write(data[position : position + 1])
        loop.call_later(delay, step, position + 1)

    step(0)


def cut(transport: asyncio.Transport) -> None:
    """Reset the connection: the client sees ECONNRESET, not an orderly end."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:  # not yet closed by the client
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
