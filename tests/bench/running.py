"""All of Owlpost as it runs on a laptop, for the bench, with providers that hold up nobody."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from botocore.config import Config

from infra.local.account import CREDENTIALS, REGION
from infra.local.laptop.providers import ProviderProcess
from infra.local.runtime.engine import Engine
from infra.topology.model import Topology, physical_name
from owlpost.client import LambdaTransport, NotificationClient
from tests.bench.server import Bench

#: Calls a second that the fake Resend allows: so many that its limit, which has a row of its own, is not what is measured.
RESEND_RATE = 1_000
PRODUCERS = 8


@dataclass(frozen=True, slots=True)
class Running:
    bench: Bench
    engine: Engine
    ledger: Path

    def client(self) -> NotificationClient:
        """A producer's, over the Invoke API."""
        client = boto3.client(
            "lambda",
            endpoint_url=self.engine.urls["lambda"],
            region_name=REGION,
            config=Config(max_pool_connections=PRODUCERS),
            **CREDENTIALS,
        )
        return NotificationClient(LambdaTransport(client, physical_name("enqueue")))

    def accepted(self) -> dict[tuple[str, str], float]:
        """When a provider said yes, in epoch seconds: by channel, and the delivery of a mail or the notification of a push."""
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as ledger:
            rows = ledger.execute(
                "select channel, coalesce(delivery_id, notification_id), min(at) from accepted group by 1, 2"
            )
            return {(channel, id_): at for channel, id_, at in rows}

    def accepted_count(self) -> int:
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as ledger:
            count: int = ledger.execute("select count(*) from accepted").fetchone()[0]
            return count


@contextmanager
def running(bench: Bench, plan: Topology) -> Iterator[Running]:
    """The plan's functions on the bench's database, with everything of their own; gone afterwards."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(TemporaryDirectory(prefix="owlpost-bench-")))
        providers = ProviderProcess(folder / "providers", resend_rate=RESEND_RATE).start()
        parts.callback(providers.stop)
        engine = Engine(
            plan,
            data_dir=folder,
            database={
                "DATABASE_HOST": bench.postgres.host,
                "DATABASE_PORT": str(bench.postgres.port),
                "DATABASE_NAME": bench.name,
                "DATABASE_USER": bench.postgres.user,
            },
            environment={**providers.settings(), "UNSUBSCRIBE_KEYS": "bench-" * 8, "JWT_KEYS": "bench-" * 8},
        )
        engine.start()
        parts.callback(engine.stop)
        yield Running(bench, engine, folder / "providers" / "ledger.sqlite")
