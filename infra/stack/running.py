"""The app stack, running: emulator, embedded Postgres and fake providers, with the stack deployed between them."""

import json
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from infra.aws.database import DatabaseLink
from infra.aws.node import node
from infra.aws.secret_outputs import output_of
from infra.local.account import ACCOUNT, REGION
from infra.local.laptop.providers import ProviderProcess
from infra.local.postgres.server import Postgres
from infra.local.sqs.emulator import Emulator
from infra.stack.assembly import synthesize
from infra.stack.deployment import Deployment
from infra.topology.model import Topology

WEB_URL = "https://owlpost.example"
#: The migration makes a role for each zone of trust, whose name begins so.
APP_ROLE = "owlpost_app"


class RunningStack:
    """Started and stopped once, on one folder; the stack's outputs are known once started.

    `channels` names the optional channels that the installation has.
    """

    def __init__(self, data_dir: Path, *, plan: Topology, channels: Collection[str] = ()) -> None:
        self.data_dir = data_dir
        self.plan = plan
        self._channels = channels
        self.postgres = Postgres(data_dir / "postgres", durable=False)
        self.providers = ProviderProcess(data_dir / "providers")
        self.emulator = Emulator(data_dir / "aws", services="", path=(node().parent,))
        self.outputs: dict[str, str] = {}
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            parts.enter_context(self.postgres)
            self.providers.start()
            parts.callback(self.providers.stop)
            parts.enter_context(self.emulator)
            self.deployment = Deployment(self.emulator.url)
            self.outputs = self.deployment.deploy(self._assembly("assembly"))
            self._fill_in_secrets()
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def update(self, *, database_port: int) -> None:
        """Deploy once more, to a database at that port. Raises DeploymentFailed."""
        self.deployment.update(self._assembly(f"assembly-{database_port}", database_port=database_port))

    def invoke(self, function: str, event: Mapping[str, object]) -> Any:
        """A deployed function's answer. Raises RuntimeError with its error."""
        answer = self.deployment.client("lambda").invoke(
            FunctionName=f"owlpost-{function}", Payload=json.dumps(event).encode()
        )
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(f"{function}: {said}")
        return said

    @property
    def api_host(self) -> str:
        """The Host header by which the emulator knows the API."""
        name = str(urlsplit(self.outputs["ApiEndpoint"]).hostname).partition(".")[0]
        return f"{name}.execute-api.localhost"

    def secret(self, name: str) -> dict[str, str]:
        answer = self.deployment.client("secretsmanager").get_secret_value(SecretId=self.outputs[output_of(name)])
        values: dict[str, str] = json.loads(answer["SecretString"])
        return values

    def fill_in(self, name: str, **values: str) -> None:
        """Write into a secret of the stack; a function reads it when it starts, and again within minutes."""
        client, secret = self.deployment.client("secretsmanager"), {**self.secret(name), **values}
        client.put_secret_value(SecretId=self.outputs[output_of(name)], SecretString=json.dumps(secret))

    def _fill_in_secrets(self) -> None:
        """As an operator would, after the first deployment."""
        given, client = self.providers.settings(), self.deployment.client("secretsmanager")
        for secret in self.plan.secrets:
            known = {name: given[name] for name in secret.variables if name in given}
            if known:
                value = {**self.secret(secret.name), **known}
                client.put_secret_value(SecretId=self.outputs[output_of(secret.name)], SecretString=json.dumps(value))

    def _assembly(self, folder: str, *, database_port: int | None = None) -> Path:
        hidden = {name for secret in self.plan.secrets for name in secret.variables}
        # A channel that is not switched on has no function that reads its settings, and a deployment refuses those.
        read = tuple(beginning for function in self.plan.functions for beginning in function.settings)
        given = self.providers.settings().items()
        plain = {name: value for name, value in given if name not in hidden and name.startswith(read)}
        if self._channels:
            plain["CHANNELS"] = ",".join(self._channels)
        return synthesize(
            self.data_dir / folder,
            plan=self.plan,
            configuration={"web_url": WEB_URL, "environment": plain},
            database=DatabaseLink(
                host=self.postgres.host,
                port=str(database_port or self.postgres.port),
                name="owlpost",
                user=APP_ROLE,
                owner=self.postgres.user,
                auth="password",
                tls=False,
            ),
            account=ACCOUNT,
            region=REGION,
        )
