"""The services that functions use at their events: Postgres with a signed password, SQS, secrets by name, providers.

Postgres belongs to the bench, SQS and Secrets Manager to the emulator, the providers are fakes on loopback.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import boto3

from infra.environment import function_environment
from infra.local.account import CREDENTIALS, REGION
from infra.local.laptop.providers import ProviderProcess
from infra.local.postgres.server import Postgres
from infra.local.runtime.sqs_event import sqs_event
from infra.local.sqs.emulator import Emulator
from infra.topology.model import Function, Topology
from infra.topology.plan import topology
from owlpost.auth import Session, Tokens
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from owlpost.domain.webhooks import Envelope
from tests.bench.server import Bench, bench_database
from tests.bench.unsent import Unsent
from tests.support.api import ApiClient
from tests.support.people import Person, add_person
from tests.support.services import dispatching

KEY = "a-key-of-the-bench-that-is-long-enough-for-any-of-the-algorithms-to-take"
TYPE = "feedback.new"


@dataclass(frozen=True, slots=True)
class Cloud:
    """`settings` are the variables of all functions. Each function gets its own, and secrets by name."""

    bench: Bench
    emulator: Emulator
    urls: Mapping[str, str]
    settings: Mapping[str, str]
    plan: Topology
    person: Person

    def environment(self, function: Function) -> dict[str, str]:
        secrets = self.plan.secrets_of(function)
        hidden = {name for secret in self.plan.secrets for name in _variables(secret.variables, secret.generated)}
        shared = {
            "DATABASE_HOST": self.bench.postgres.host,
            "DATABASE_PORT": str(self.bench.postgres.port),
            "DATABASE_NAME": self.bench.name,
            "DATABASE_USER": self.bench.postgres.user,
            "DATABASE_AUTH": "iam",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_ENDPOINT_URL": self.emulator.url,
            **({"SECRET_NAMES": ",".join(secret.name for secret in secrets)} if secrets else {}),
        }
        plain = {name: value for name, value in self.settings.items() if name not in hidden}
        return function_environment(function, shared=shared, queue_urls=self.urls, settings=plain)

    def event(self, function: Function) -> Any:
        """Return one event of the function's main work, with data that it has not seen before."""
        match function.name:
            case "enqueue":
                return self.request([self.person.id])
            case "api":
                return self._signed_in().event("GET", "/v1/notifications", None, {})
            case "dashboard":
                return ApiClient(cookie="token=one").event("GET", "/dashboard/notifications", None, {})
            case "provider_events":
                return self._bounce()
            case "alert":
                return {"job_type": "bench", "status": "failed", "ended_at": utc_now().isoformat(), "error": "full"}
            case "operate":
                return {"command": "deliveries"}
            case name if name.startswith("deliver-"):
                channel = name.removeprefix("deliver-")
                return self.messages(channel, self.pending(channel, [self.person.id]))
            case _:
                return {}

    @staticmethod
    def request(people: list[UUID]) -> dict[str, Any]:
        return {"type": TYPE, "recipients": {"user_ids": [*map(str, people)]}, "title": "New feedback", "body": "Good."}

    def pending(self, channel: str, people: list[UUID]) -> list[str]:
        """Notify these people, and return the deliveries."""
        kept = Unsent()
        dispatching(self.bench.database, kept, utc_now).enqueue(
            self.request(people), platform_key=Key("lambda", str(uuid4()))
        )
        return [message.body for message in kept.messages[channel]]

    @staticmethod
    def messages(queue: str, bodies: list[str]) -> dict[str, Any]:
        """Return the event that Lambda builds of these messages."""
        attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(time.time() * 1_000))}
        return sqs_event(
            queue,
            [
                {
                    "MessageId": str(uuid4()),
                    "ReceiptHandle": "handle",
                    "Body": body,
                    "MD5OfBody": "",
                    "Attributes": attributes,  # type: ignore[typeddict-item]  # a dict of the right names
                }
                for body in bodies
            ],
        )

    def _signed_in(self) -> ApiClient:
        session = Session.begin(self.person.id, self.person.email, now=utc_now())
        return ApiClient(bearer=Tokens([KEY]).issue(session))

    def _bounce(self) -> dict[str, Any]:
        now = datetime.now(UTC)
        data = {"to": [f"{uuid4().hex}@people.example"], "bounce": {"type": "Permanent", "subType": "General"}}
        body = json.dumps({"type": "email.bounced", "created_at": now.isoformat(), "data": data})
        envelope = Envelope(f"msg_{uuid4().hex}", str(int(now.timestamp())))
        headers = {
            "svix-id": envelope.id,
            "svix-timestamp": envelope.timestamp,
            "svix-signature": envelope.sign(body.encode(), self.settings["RESEND_WEBHOOK_SECRETS"]),
        }
        http = {"method": "POST", "path": "/v1/provider-events/resend", "sourceIp": "203.0.113.7"}
        return {
            "requestContext": {"http": http, "requestId": "JKJaXmPLvHcESHA="},
            "headers": headers,
            "body": body,
            "isBase64Encoded": False,
        }


@contextmanager
def local_cloud(postgres: Postgres, name: str) -> Iterator[Cloud]:
    plan = topology()
    with ExitStack() as parts:
        folder = Path(parts.enter_context(TemporaryDirectory(prefix="owlpost-bench-")))
        bench = parts.enter_context(bench_database(postgres, name))
        emulator = parts.enter_context(Emulator(folder / "aws", services="sqs,secretsmanager"))
        providers = ProviderProcess(folder / "providers", resend_rate=1_000).start()
        parts.callback(providers.stop)
        settings = {
            **providers.settings(),
            "JWT_KEYS": KEY,
            "UNSUBSCRIBE_KEYS": KEY,
            "WEB_URL": "https://owlpost.example",
        }
        _keep_secrets(emulator, plan, settings)
        with bench.database.transaction() as connection:
            person = add_person(connection, device=uuid4().hex * 2)
        yield Cloud(bench, emulator, emulator.ensure_queues(plan.queues), settings, plan, person)


def _variables(listed: tuple[str, ...], generated: str | None) -> tuple[str, ...]:
    return (*listed, *([generated] if generated else []))


def _keep_secrets(emulator: Emulator, plan: Topology, settings: Mapping[str, str]) -> None:
    vault = boto3.client("secretsmanager", endpoint_url=emulator.url, region_name=REGION, **CREDENTIALS)
    for secret in plan.secrets:
        names = _variables(secret.variables, secret.generated)
        vault.create_secret(Name=secret.name, SecretString=json.dumps({name: settings.get(name, "") for name in names}))
