"""All of Owlpost on this machine: Postgres, the emulator, the fake providers and the engine."""

import secrets
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.local.laptop.given import Given
from infra.local.laptop.instance import Instance
from infra.local.laptop.port import choose_port
from infra.local.laptop.providers import ProviderProcess
from infra.local.postgres.server import Postgres
from infra.local.runtime.engine import Engine, FunctionFailed
from infra.topology.canary import as_chosen
from infra.topology.lines import with_lines
from infra.topology.model import Topology
from infra.topology.plan import topology
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.brand import Brand
from owlpost.domain.channels import queued_with
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.queue_names import REQUESTS

#: Made by each laptop for itself, as a deployment makes them.
SECRETS = ("JWT_KEYS", "UNSUBSCRIBE_KEYS", "DESTINATION_KEYS")


class Laptop:
    """Starts and stops everything. `owlpost status --json` prints `state`. `port` 0 means the port of the last start."""

    postgres: Postgres
    providers: ProviderProcess
    engine: Engine

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        plan: Topology | None = None,
        given: Given | None = None,
        console_url: str | None = None,
    ) -> None:
        """`console_url` is where somebody else serves the console: the state and the mailbox name it."""
        self.console_url = console_url
        self.data_dir = data_dir.absolute()
        self.port = port
        self.given = given or Given()
        self.given.switch_on()
        self.instance = Instance(self.data_dir)
        chosen = as_chosen(plan or topology(), self.given.variables)
        self._plan = with_lines(chosen) if self.given.has_lines else chosen
        self._parts = ExitStack()
        self._stopping = threading.Event()

    def start(self) -> Self:
        """Return once everything serves and the schema is current. If one part fails to start, stop the others.

        Raises CannotStart (also for a setting that makes no sense), PostgresError, EmulatorError, or FunctionFailed if the
        schema could not be brought up to date.
        """
        with ExitStack() as parts:
            self.instance.hold()
            parts.callback(self.instance.release)
            self.port = choose_port(self.data_dir, self.port)
            self.postgres = Postgres(self.data_dir / "postgres", password=self._secret("DATABASE_PASSWORD"))
            self.postgres.start()
            parts.callback(self.postgres.stop)
            self.providers = ProviderProcess(
                self.data_dir / "providers",
                webhook_url=f"{self.url}/v1/webhooks/resend",
                console_url=self.console_url,
                brand=Brand.of(self.given.variables),
            )
            self.providers.start()
            parts.callback(self.providers.stop)
            self.engine = self._engine()
            self.engine.start(first={"owlpost-migrate": {}})
            parts.callback(self.engine.stop)
            self.instance.publish(self.state())
            parts.callback(self.instance.withdraw)
            self._parts = parts.pop_all()
        self._sweep_in_background()
        return self

    def database(self) -> Database:
        """Return a connection to its database. The caller closes it."""
        where, password = self.postgres, self.postgres.password
        address = DatabaseAddress(where.host, where.port, "owlpost", where.user, password=lambda: password)
        return Database.at(address)

    def put_request(self, body: str) -> None:
        """Put a producer's request on its queue."""
        self.engine.emulator.client().send_message(QueueUrl=self.engine.queue_urls[REQUESTS], MessageBody=body)

    def stop(self) -> None:
        self._stopping.set()
        self._parts.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def state(self) -> dict[str, Any]:
        return {
            "api": self.url,
            "lambda": self.engine.urls["lambda"],
            "sqs": self.engine.urls["sqs"],
            "database": self.postgres.uri(),
            "queues": self.engine.queue_urls,
            "providers": self.providers.urls,
            "mailbox": self.providers.mailbox,
            **({"console": self.console_url} if self.console_url else {}),
            **({"lines": lines.url, "line_commands": lines.endpoint} if (lines := self.engine.lines) else {}),
        }

    def _engine(self) -> Engine:
        return Engine(
            self._plan,
            data_dir=self.data_dir,
            port=self.port,
            database={
                "DATABASE_HOST": self.postgres.host,
                "DATABASE_PORT": str(self.postgres.port),
                "DATABASE_NAME": "owlpost",
                "DATABASE_USER": self.postgres.user,
                "DATABASE_PASSWORD": self.postgres.password or "",
            },
            environment=self.given.settings(self._own_settings(), self._plan),
            on_queues_lost=self._sweep_in_background,
            sqs=self.given.sqs,
        )

    @property
    def unused(self) -> list[str]:
        """Return the names of the user's variables that a running laptop has values of its own for."""
        return self.given.unused(self._own_settings())

    def _own_settings(self) -> dict[str, str]:
        return {
            **self.providers.settings(),
            "WEB_URL": self.url,
            "SIGN_IN_PER_IP": "0",  # all requests here come from one address
            # Without Resend mail is printed to the log, its text at this level alone.
            **({"LOG_LEVEL": "DEBUG"} if "resend" in self.given.without else {}),
            **self._secrets(),
        }

    def _secrets(self) -> dict[str, str]:
        """Return this laptop's keys. They are kept, so that sessions and links outlive a restart."""
        of_channels = (each.generated for each in queued_with(OPTIONAL_CHANNELS) if each.generated)
        return {name: self._secret(name) for name in (*SECRETS, *of_channels)}

    def _secret(self, name: str) -> str:
        file = self.data_dir / "secrets" / name
        if not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        return file.read_text(encoding="utf-8")

    def _sweep_in_background(self) -> None:
        threading.Thread(target=self._sweep, name="recovery", daemon=True).start()

    def _sweep(self) -> None:
        """Sweep now: take up stuck deliveries, and those of a dead worker once its lease has ended."""
        lease = max(float(each.environment.get("DELIVERY_LEASE_SECONDS", 0)) for each in self._plan.functions)
        with suppress(FunctionFailed):  # only if we are stopped in the meantime; the schedule sweeps in any case
            self.engine.invoke("owlpost-sweep", {"grace_seconds": 0})
            if not self._stopping.wait(lease):
                self.engine.invoke("owlpost-sweep", {"grace_seconds": lease})
