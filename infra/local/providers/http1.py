"""HTTP/1.1 with keep-alive on an asyncio transport; h11 keeps the protocol's rules."""

import asyncio
from typing import cast

import h11

from infra.local.providers.exchange import Answer, Application, Conduct, Request, cut, drip


class Http1(asyncio.Protocol):
    """One connection. It hands requests to the application one after the other."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._connection = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._connection.receive_data(data)
        self._advance()

    def eof_received(self) -> None:
        self._transport.close()

    def _advance(self) -> None:
        try:
            while self._take(self._connection.next_event()):
                pass
        except h11.RemoteProtocolError as error:
            self._answer(Answer(error.error_status_hint, str(error).encode()))
            self._transport.close()

    def _take(self, event: h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]) -> bool:
        """Handle one event. Return False if there is nothing to do before the next bytes or the pending answer."""
        match event:
            case h11.Request():
                self._request, self._body = event, bytearray()
            case h11.Data():
                self._body += event.data
            case h11.EndOfMessage() if self._request:
                self._respond(self._application(_request(self._request, bytes(self._body))))
                return False
            case _:
                return False
        return True

    def _respond(self, answer: Answer) -> None:
        if answer.conduct is Conduct.SEND and answer.delay:
            asyncio.get_running_loop().call_later(answer.delay, self._answer, answer)
        else:
            self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        if self._transport.is_closing() or answer.conduct is Conduct.SILENCE:
            return
        if answer.conduct in {Conduct.CUT, Conduct.GOAWAY}:
            cut(self._transport)
            return
        data = self._encoded(answer)
        if answer.conduct is Conduct.DRIP:
            drip(self._transport, data, delay=answer.delay, then=self._next)
        else:
            self._transport.write(data)
            self._next()

    def _encoded(self, answer: Answer) -> bytes:
        headers = [*answer.headers, ("content-length", str(len(answer.body)))]
        events = [h11.Response(status_code=answer.status, headers=headers), h11.Data(answer.body), h11.EndOfMessage()]
        return b"".join(self._connection.send(event) or b"" for event in events)

    def _next(self) -> None:
        if self._connection.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            self._connection.start_next_cycle()
            self._advance()
        else:
            self._transport.close()


def _request(event: h11.Request, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
    return Request(event.method.decode(), event.target.decode(), headers, body)
