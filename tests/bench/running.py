"""All of Owlpost as on a laptop, with providers that answer at once."""

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
from infra.local.sqs.program import MINISTACK, Program
from infra.topology.model import Topology, physical_name
from owlpost.client import LambdaTransport, NotificationClient
from tests.bench.server import Bench

#: Calls a second that the fake Resend allows. The limit has a row of its own, so it must not matter here.
RESEND_RATE = 1_000
PRODUCERS = 8


@dataclass(frozen=True, slots=True)
class Running:
    bench: Bench
    engine: Engine
    ledger: Path

    def client(self) -> NotificationClient:
        """Return a producer's client for the Invoke API."""
        client = boto3.client(
            "lambda",
            endpoint_url=self.engine.urls["lambda"],
            region_name=REGION,
            config=Config(max_pool_connections=PRODUCERS),
            **CREDENTIALS,
        )
        return NotificationClient(LambdaTransport(client, physical_name("enqueue")))

    def accepted(self) -> dict[tuple[str, str], float]:
        """Return epoch seconds of each acceptance, by channel and by delivery (mail) or notification (push)."""
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as ledger:
            rows = ledger.execute(
                "select channel, coalesce(delivery_id, notification_id), min(at) from accepted group by 1, 2"
            )
            return {(channel, id_): at for channel, id_, at in rows}

    def accepted_at(self) -> list[float]:
        """Return epoch seconds of each acceptance, in their order."""
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as ledger:
            return [at for (at,) in ledger.execute("select at from accepted order by at")]

    def accepted_count(self) -> int:
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as ledger:
            count: int = ledger.execute("select coalesce(max(id), 0) from accepted").fetchone()[0]
            return count


@contextmanager
def running(bench: Bench, plan: Topology, sqs: Program = MINISTACK) -> Iterator[Running]:
    """Run the plan's functions on the bench's database, with their own emulator and providers."""
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
            sqs=sqs,
        )
        engine.start()
        parts.callback(engine.stop)
        yield Running(bench, engine, folder / "providers" / "ledger.sqlite")
