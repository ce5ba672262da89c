"""A way to Postgres that can be slow, or half open: connections stand, and what is said on them arrives nowhere."""

import asyncio
import threading
from collections import Counter
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

from infra.local.account import LOOPBACK

Weather = Literal["fair", "slow", "half_open"]
#: Seconds before each piece of what is said while the way is slow, and between two looks at the weather.
SLOW_SECONDS = 0.05
LOOK_SECONDS = 0.02
PIECE = 4096


class FlakyPostgres:
    """Passes on what clients and server say; `weather` may be changed at any time."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="flaky-postgres", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self.weather: Weather = "fair"
        self.injected: Counter[str] = Counter()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Reset every connection that stands, as a network does that comes back with another state."""
        self._loop.call_soon_threadsafe(self._reset_all)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._connect, LOOPBACK, 0)

    async def _close(self) -> None:
        self._server.close()
        self._reset_all()
        self.weather = "fair"
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)

    def _reset_all(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._there)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(self._pass_on(reader, far_writer), self._pass_on(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}
            for each in (writer, far_writer):
                each.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(PIECE):
                await self._suffer()
                target.write(data)
                await target.drain()
            target.write_eof()

    async def _suffer(self) -> None:
        if self.weather == "slow":
            self.injected["slow"] += 1
            await asyncio.sleep(SLOW_SECONDS)
        elif self.weather == "half_open":
            self.injected["half open"] += 1
            while self.weather == "half_open":
                await asyncio.sleep(LOOK_SECONDS)
