"""One POST to a provider whose address is ours to choose, or whose host is on an allow list: see `guarded` for any other.

By `httpcore` itself, as there the deadline of a whole call can be held: timeouts of `httpx` are of each step. There are no
redirects, no retries and no proxy of the environment.
"""

import logging
import math
import time
import weakref
from collections.abc import Iterable, Mapping
from ssl import SSLContext

import httpcore

from owlpost.channels.replies import AnswerLostError, NotSentError, Reply
from owlpost.channels.timed_network import Deadline, TimedBackend

#: Bytes of an answer that are read. What comes after them is nobody's.
MOST_READ = 65_536
#: Seconds in which a connection is used again. A server that closes idle ones sooner would leave a call in doubt.
KEPT_SECONDS = 3.0


class HttpCall:
    """`http2` speaks it where the server does. `most` are the connections at a time.

    A connection is used again within `kept` seconds, and made within `connecting`, where that is less than the call may take.
    """

    def __init__(
        self,
        ssl_context: SSLContext | None = None,
        *,
        http2: bool = False,
        most: int = 10,
        kept: float = KEPT_SECONDS,
        connecting: float = math.inf,
    ) -> None:
        silence()
        self._connecting = connecting
        self._deadline = Deadline()
        self._pool = httpcore.ConnectionPool(
            ssl_context or httpcore.default_ssl_context(),
            network_backend=TimedBackend(httpcore.SyncBackend().connect_tcp, self._deadline),
            max_connections=most,
            keepalive_expiry=kept,
            http2=http2,
            retries=0,
        )
        # connections end with it, at the latest
        self._end = weakref.finalize(self, self._pool.close)

    def close(self) -> None:
        """Close the connections that are kept. The next call opens one anew."""
        self._pool.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Reply:
        """Post once. Raises NotSentError or AnswerLostError."""
        return self.ask("POST", url, headers, body, seconds=seconds)

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", *, seconds: float) -> Reply:
        """Make one call by this method. Raises NotSentError or AnswerLostError."""
        self._deadline.until = time.monotonic() + seconds
        timeouts = dict.fromkeys(("read", "write", "pool"), seconds) | {"connect": min(seconds, self._connecting)}
        return answered(self._pool, (method, url), headers, body, timeouts=timeouts, most=MOST_READ)


def answered(
    pool: httpcore.ConnectionPool,
    asked: tuple[str, str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    timeouts: Mapping[str, float],
    most: int,
) -> Reply:
    """Make one call, and read so many bytes of its answer. Raises NotSentError or AnswerLostError."""
    try:
        with pool.stream(
            *asked, headers=list(headers.items()), content=body, extensions={"timeout": dict(timeouts)}
        ) as answer:
            named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Reply(answer.status, named, _beginning(answer.iter_stream(), most))
    except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
        raise NotSentError(type(error).__name__) from error
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise AnswerLostError(type(error).__name__) from error


def silence() -> None:
    """Keep URLs out of the log: `httpx` writes each one at INFO, and those of chats and webhooks are the secret."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _beginning(chunks: Iterable[bytes], most: int) -> bytes:
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if len(read) >= most:
            break
    return bytes(read[:most])
