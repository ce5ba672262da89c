"""The enqueue function's sandboxes: one takes the call, and the topology's number of workers write a large team's chunks."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

from infra.topology.plan import topology
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import Continuation
from owlpost.queue import Queues
from owlpost.services.enqueue.chunks import CHUNK_SIZE
from tests.bench.fan_out_rows import BODY, LINK, TITLE, TYPE
from tests.bench.server import Bench
from tests.support.services import dispatching

CONCURRENCY = next(source.max_concurrency for source in topology().event_sources if source.queue == "requests")


@dataclass(frozen=True, slots=True)
class Audience:
    team_id: UUID
    user_ids: Sequence[UUID]

    @property
    def recipients(self) -> dict[str, object]:
        """Return recipients by id up to the limit of a request, as a team above it."""
        if len(self.user_ids) > CHUNK_SIZE:
            return {"team_id": str(self.team_id)}
        return {"user_ids": [*map(str, self.user_ids)]}


class Workers:
    """Sandboxes in threads, each with its own connection. The database and the emulator run in their own processes."""

    def __init__(self, bench: Bench, urls: Mapping[str, str]) -> None:
        address = DatabaseAddress(bench.postgres.host, bench.postgres.port, bench.name, bench.postgres.user)
        self._databases = [Database.at(address) for _ in range(CONCURRENCY)]
        self._sandboxes = [dispatching(database, Queues.connect(urls), utc_now) for database in self._databases]
        self._threads = ThreadPoolExecutor(CONCURRENCY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown()
        for database in self._databases:
            database.close()

    def tell(self, audience: Audience) -> None:
        """Return when all rows are written and all messages are queued."""
        body = {"type": TYPE, "recipients": audience.recipients, "title": TITLE, "body": BODY, "link": LINK}
        told = self._sandboxes[0].enqueue(body, platform_key=Key("lambda", str(uuid4())))
        if told.continues and told.request_id:
            chunks = -(-len(audience.user_ids) // CHUNK_SIZE) - 1
            continuations = [Continuation(continue_request=told.request_id, chunk=n) for n in range(1, chunks + 1)]
            list(
                self._threads.map(
                    self._resume, range(CONCURRENCY), [continuations[n::CONCURRENCY] for n in range(CONCURRENCY)]
                )
            )

    def _resume(self, sandbox: int, continuations: Sequence[Continuation]) -> None:
        for continuation in continuations:
            self._sandboxes[sandbox].chunks.resume(continuation)
