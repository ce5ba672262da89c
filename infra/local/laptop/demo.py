"""The demo: send the examples as the product's jobs would, watch until each delivery has ended, and judge the result."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import text

from infra.local.laptop.accidents import PRODUCER, Accidents
from infra.local.laptop.facts import EXAMPLES, announced
from infra.local.laptop.laptop import Laptop
from infra.local.laptop.seed import seed
from owlpost.client import NotificationClient
from owlpost.db.session import Database
from owlpost.domain.requests import EnqueueRequest, EnqueueResult

#: The request to a team of two thousand.
COMMUNITY = EXAMPLES / "community_feedback.json"

#: The digest that was enqueued last.
LAST_DIGEST = text("""
    select id, notifications, deliveries from notification_requests
    where type = 'issue.digest'
    order by created_at desc
    limit 1
""")

#: Deliveries by channel and status. `seconds` is the time from enqueueing to the provider's answer.
PROGRESS = text("""
    select channel, status, count(*) as deliveries,
           percentile_cont(0.5) within group (order by seconds) as p50,
           percentile_cont(0.95) within group (order by seconds) as p95
    from (
      select channel, status,
             extract(epoch from cast(attempt_metadata -> 'history' -> -1 ->> 'at' as timestamptz) - created_at) as seconds
      from notification_deliveries
    ) delivery
    group by channel, status
    order by channel, status
""")

#: Unexpected ends: any status but sent, except a push to a person without a device, and over a provider without a key.
UNEXPECTED = text("""
    select count(*)
    from notification_deliveries d
    join notifications n on n.id = d.notification_id
    where d.status <> 'sent' and not (
      d.status = 'skipped' and d.error = 'no_device'
      and not exists (select from user_devices v where v.user_id = n.user_id)
    ) and not (d.status = 'skipped' and d.error = any(:without_key))
    and not exists (select from notification_requests r where r.id = n.request_id and r.producer = :accidents)
""")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary: a channel, a status, the number of deliveries, and their times in seconds if they were sent."""

    channel: str
    status: str
    deliveries: int
    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo on one running laptop."""

    database: Database
    client: NotificationClient
    #: Runs the digest's function, as its schedule does, and returns its answer.
    run_digest: Callable[[], Any]
    #: The reasons by which deliveries end that the laptop has no key for.
    without_key: tuple[str, ...] = ()
    #: None where the providers do not do what they are told.
    accidents: Accidents | None = None

    @classmethod
    def on(cls, laptop: Laptop, client: NotificationClient) -> "Demo":
        without_key = tuple(credential.otherwise for credential in laptop.given.missing)
        database = laptop.database()
        # Without a key a provider is not called, and refuses nobody.
        accidents = None if without_key else Accidents(database, client, laptop.providers.mailbox, laptop.put_request)
        return cls(database, client, partial(laptop.engine.fire, "digest"), without_key, accidents)

    def prepare(self) -> None:
        seed(self.database)

    def send_examples(self) -> Iterator[tuple[str, EnqueueResult]]:
        """Send everything in `examples/`. Requests that this database has accepted before are answered as repeats."""
        for name, request in announced():
            yield from self._notify(name, request)
        if digest := self._digest():
            yield "issue_digest", digest
        yield from self._notify(COMMUNITY.stem, EnqueueRequest.from_json(json.loads(COMMUNITY.read_text("utf-8"))))

    def _notify(self, name: str, request: EnqueueRequest) -> Iterator[tuple[str, EnqueueResult]]:
        if answer := self.client.notify(request):
            yield name, answer

    def _digest(self) -> EnqueueResult | None:
        """Return the digest's answer, or the last digest again if none is due. None if there has been none."""
        digests = self.run_digest()["digests"]
        with self.database.transaction() as connection:
            row = connection.execute(LAST_DIGEST).one_or_none()
        if row is None:
            return None
        return EnqueueResult(
            request_id=row.id, duplicate=not digests, notifications=row.notifications, deliveries=row.deliveries
        )

    def progress(self) -> list[Line]:
        with self.database.transaction() as connection:
            return [Line(*row) for row in connection.execute(PROGRESS)]

    def watch(self, report: Callable[[int, int], None], *, stopped: threading.Event, seconds: float) -> bool:
        """Report (ended, all) until every delivery has ended. Return False if some have not after so many seconds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            lines = self.progress()
            pending = sum(line.deliveries for line in lines if line.status == "pending")
            total = sum(line.deliveries for line in lines)
            report(total - pending, total)
            if not pending:
                return True
            if stopped.wait(0.25):
                break
        return False

    def unexpected(self) -> int:
        """Return the number of deliveries that did not end as the demo expects, those of the accidents left out."""
        with self.database.transaction() as connection:
            asked = {"without_key": list(self.without_key), "accidents": PRODUCER}
            count: int = connection.execute(UNEXPECTED, asked).scalar_one()
            return count

    def close(self) -> None:
        self.database.close()
