"""All of Owlpost on this machine: Postgres, the emulator, the fake providers and the engine, as one thing."""

import secrets
import socket
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.local.laptop.instance import Instance
from infra.local.laptop.providers import ProviderProcess
from infra.local.postgres.server import Postgres
from infra.local.runtime.engine import Engine, FunctionFailed
from infra.topology.model import Topology
from infra.topology.plan import topology

LEASE_SECONDS = max(float(function.environment.get("DELIVERY_LEASE_SECONDS", 0)) for function in topology().functions)


class Laptop:
    """Starts and stops everything; `state` is what `owlpost status --json` prints."""

    def __init__(self, data_dir: Path, *, port: int = 0, plan: Topology | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port or _port(self.data_dir)
        self.instance = Instance(self.data_dir)
        self.postgres = Postgres(self.data_dir / "postgres")
        self.providers = ProviderProcess(self.data_dir / "providers", webhook_url=f"{self.url}/v1/webhooks/resend")
        self._plan = plan or topology()
        self._parts = ExitStack()
        self._stopping = threading.Event()

    def start(self) -> Self:
        """Return once everything serves and the schema is there. What fails to start takes the rest down with it."""
        with ExitStack() as parts:
            self.instance.hold()
            parts.callback(self.instance.release)
            self.postgres.start()
            parts.callback(self.postgres.stop)
            self.providers.start()
            parts.callback(self.providers.stop)
            self.engine = self._engine()
            self.engine.start(first={"owlpost-migrate": {}})
            parts.callback(self.engine.stop)
            self.instance.publish(self.state())
            self._parts = parts.pop_all()
        threading.Thread(target=self._recover, name="recovery", daemon=True).start()
        return self

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
            },
            environment={
                **self.providers.settings(),
                "WEB_URL": self.url,
                "SIGN_IN_PER_IP": "0",  # everybody here comes from one address
                **self._secrets(),
            },
        )

    def _secrets(self) -> dict[str, str]:
        """Keys of this laptop's own, kept so that sessions and links outlive a restart."""
        return {name: self._secret(name) for name in ("JWT_KEYS", "UNSUBSCRIBE_KEYS")}

    def _secret(self, name: str) -> str:
        file = self.data_dir / "secrets" / name
        if not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            file.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        return file.read_text(encoding="utf-8")

    def _recover(self) -> None:
        """Whatever ran before is dead for certain: what it left is taken up now, and what it held once its leases end."""
        with suppress(FunctionFailed):  # only where we are stopped meanwhile; the schedule sweeps in any case
            self.engine.invoke("owlpost-sweep", {"grace_seconds": 0})
            if not self._stopping.wait(LEASE_SECONDS):
                self.engine.invoke("owlpost-sweep", {"grace_seconds": LEASE_SECONDS})


def _port(data_dir: Path) -> int:
    """That of the last start, if it is free: links in mails name it, and a mail that is tried again must not change."""
    file = data_dir / "port"
    port = _bind(int(file.read_text(encoding="utf-8"))) if file.exists() else None
    port = port or _bind(0)
    data_dir.mkdir(parents=True, exist_ok=True)
    file.write_text(str(port), encoding="utf-8")
    return port or 0


def _bind(port: int) -> int | None:
    """The port, or a free one for 0; None where it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        free: int = probe.getsockname()[1]
        return free
