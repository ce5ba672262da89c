"""Connections on which nothing waits past the deadline of a call, however slowly a server sends byte by byte."""

import threading
import time
from collections.abc import Callable, Iterable
from ssl import SSLContext
from typing import Any

import httpcore

from owlpost.domain.value import dataclass


class Deadline(threading.local):
    """The deadline of the call that this thread makes, in monotonic seconds: a connection is used by one after the other."""

    until: float = float("inf")

    def left(self, timeout: float | None, late: type[httpcore.TimeoutException] = httpcore.ConnectTimeout) -> float:
        """Return the seconds that a step may take. Raises `late` if the call's time is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise late("the time for the call is over")
        return left if timeout is None else min(left, timeout)


@dataclass
class TimedBackend(httpcore.NetworkBackend):
    """`connect` opens a connection: host, port, seconds, local address, socket options."""

    connect: Callable[..., httpcore.NetworkStream]
    deadline: Deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self.connect(host, port, self.deadline.left(timeout), local_address, socket_options)
        return TimedStream(stream, self.deadline)


@dataclass
class TimedStream(httpcore.NetworkStream):
    """A connection that obeys the deadline of whoever uses it."""

    stream: httpcore.NetworkStream
    deadline: Deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self.stream.start_tls(ssl_context, server_hostname, self.deadline.left(timeout))
        return TimedStream(secured, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)
