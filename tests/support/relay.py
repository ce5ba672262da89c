"""A relay between us and Postgres, which counts what we say and can break the connection."""

import socket
import struct
import threading
from contextlib import suppress
from typing import Self

#: Closing sends a reset at once (SO_LINGER with no time to linger).
RESET = struct.pack("ii", 1, 0)


class Relay:
    """Stands between us and Postgres; once told so, it resets the connection instead of passing on what we say next."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._here = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.breaks_at_next = False
        #: How often we said something to Postgres.
        self.asked = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._here.close()
        self._break_off()

    @property
    def port(self) -> int:
        return int(self._here.getsockname()[1])

    def _break_off(self) -> None:
        broken, self._pairs = self._pairs, []  # whoever is broken off may be back before this has ended
        for near, far in broken:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            for each in (near, far):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RD)  # wakes the thread that reads from it
                each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, far = self._here.accept()[0], socket.create_connection(self._there)
                self._pairs.append((near, far))
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if target.getpeername() == self._there:  # the other direction's thread must not write the count
                    self.asked += 1
                if self.breaks_at_next:
                    self.breaks_at_next = False
                    self._break_off()
                    return
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
