"""Runs all of Owlpost's functions on this machine by the topology, as AWS does."""

import json
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from infra.environment import function_environment
from infra.local.account import CREDENTIALS, REGION
from infra.local.runtime.async_invocations import RETRY_DELAYS, AsyncInvocations
from infra.local.runtime.gateway import Gateway
from infra.local.runtime.invoke_api import InvokeApi
from infra.local.runtime.line_gateway import LineGateway
from infra.local.runtime.poller import Poller
from infra.local.runtime.sandboxes import Sandboxes
from infra.local.runtime.schedules import Schedules
from infra.local.sqs.emulator import Emulator
from infra.local.sqs.program import MINISTACK, Program
from infra.local.sqs.supervisor import Supervisor
from infra.topology.model import EventSource, Function, Schedule, Topology, physical_name
from owlpost.settings import Settings

log = logging.getLogger(__name__)

#: The destination of asynchronous invocations that failed each time, as in the stack.
FAILED_EVENTS = "failed-events"


class FunctionFailed(Exception):
    """A function failed. `payload` is the error that Lambda's caller would read."""

    def __init__(self, function: str, payload: dict[str, Any]) -> None:
        super().__init__(f"{function}: {payload.get('errorType')}: {payload.get('errorMessage')}")
        self.payload = payload


class Engine:
    """Emulator, sandboxes, Invoke API, gateway, pollers and schedules on one data folder; started and stopped once.

    `database` holds the DATABASE_ variables, which every function gets; of `environment` a function gets what the
    topology lets it see. `port` is the gateway's, 0 for a free one. Functions are named as in the account
    (`owlpost-sweep`). `on_queues_lost` is called when the emulator had to be started again, with the queues there and empty.
    `python` is the interpreter that runs functions, `sqs` the emulator.
    """

    def __init__(
        self,
        topology: Topology,
        *,
        data_dir: Path,
        database: Mapping[str, str],
        environment: Mapping[str, str] | None = None,
        port: int = 0,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        on_queues_lost: Callable[[], None] = lambda: None,
        python: str = sys.executable,
        sqs: Program = MINISTACK,
    ) -> None:
        self._on_queues_lost = on_queues_lost
        self._topology = topology
        self._database = database
        self.emulator = Emulator(data_dir / "sqs", program=sqs)
        self.sandboxes = Sandboxes(topology, data_dir=data_dir, environment=self.environment, python=python)
        self._names = {physical_name(function.name): function.name for function in topology.functions}
        self._background = AsyncInvocations(
            self.sandboxes, self._names.values(), retry_delays=retry_delays, on_failure=self._keep_failed
        )
        self._invoke_api = InvokeApi(topology, sandboxes=self.sandboxes, background=self._background)
        known_origins = Settings(environment or {}).embed.origins
        self._gateway = Gateway(
            sandboxes=self.sandboxes, routes=topology.routes, port=port, known_origins=known_origins
        )
        self.lines = LineGateway(topology.lines, sandboxes=self.sandboxes) if topology.lines else None
        where = {"LINE_URL": self.lines.url, "LINE_ENDPOINT": self.lines.endpoint} if self.lines else {}
        self._settings = {"WEB_URL": self._gateway.url, **(environment or {}), **where}
        #: By the topology's queue names, a dead-letter queue as `<name>-dlq`; known once started.
        self.queue_urls: dict[str, str] = {}
        self.failed_events_url = ""
        self._parts = ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def urls(self) -> dict[str, str]:
        return {"api": self._gateway.url, "lambda": self._invoke_api.url, "sqs": self.emulator.url}

    def start(self, *, first: Mapping[str, Any] | None = None) -> None:
        """Return when all of it runs. Raises EmulatorError.

        `first` holds functions and what to invoke them with before any request, message or schedule reaches another:
        a migration. Raises FunctionFailed if one of them fails.
        """
        with ExitStack() as parts:
            parts.callback(self._gateway.stop)  # both hold their ports already
            parts.callback(self._invoke_api.stop)
            self._start_functions(parts)
            for name, payload in (first or {}).items():
                self.invoke(name, payload)
            self._start_sources(parts)
            self._parts = parts.pop_all()

    def _start_functions(self, parts: ExitStack) -> None:
        self.emulator.start()
        parts.callback(self.emulator.stop)
        self.queue_urls = self.emulator.ensure_queues(self._topology.queues)
        self.failed_events_url = self.emulator.ensure_queue(FAILED_EVENTS)
        supervisor = Supervisor(self.emulator, restored=self._restore_queues)
        supervisor.start()
        parts.callback(supervisor.stop)
        parts.callback(self.sandboxes.stop)
        parts.callback(self._background.stop)
        self._invoke_api.start()
        parts.callback(self._invoke_api.stop)

    def _restore_queues(self) -> None:
        self.emulator.ensure_queues(self._topology.queues)
        self.emulator.ensure_queue(FAILED_EVENTS)
        self._on_queues_lost()

    def _keep_failed(self, record: dict[str, Any]) -> None:
        try:
            self.emulator.client().send_message(QueueUrl=self.failed_events_url, MessageBody=json.dumps(record))
        except (BotoCoreError, ClientError):
            log.exception("a record of a failed invocation is lost")

    def _start_sources(self, parts: ExitStack) -> None:
        self._gateway.start()
        parts.callback(self._gateway.stop)
        if self.lines:
            self.lines.start()
            parts.callback(self.lines.stop)
        pollers = [self._poller(source) for source in self._topology.event_sources]
        for poller in pollers:
            poller.start()
            parts.callback(poller.join)
        for poller in pollers:  # all are told before we wait for one, so that they end together
            parts.callback(poller.end)
        schedules = Schedules(self._topology.schedules, fire=self._fire_in_time)
        schedules.start()
        parts.callback(schedules.stop)

    def _poller(self, source: EventSource) -> Poller:
        client = self.emulator.client(connections=source.max_concurrency + 1)
        return Poller(source, sandboxes=self.sandboxes, client=client, urls=self.queue_urls)

    def _fire_in_time(self, schedule: Schedule, moment: datetime) -> None:
        self._background.submit(schedule.function, scheduled(schedule, moment), str(uuid4()))

    def stop(self) -> None:
        """Stop the parts in reverse order: no new work begins, and running work ends first."""
        self._parts.close()

    def invoke(self, name: str, payload: Any) -> Any:
        """Invoke the function and return its answer. Raises FunctionFailed, and KeyError for an unknown function."""
        answer = self.sandboxes.invoke(self._names[name], payload)
        if answer.failed:
            raise FunctionFailed(name, answer.payload)
        return answer.payload

    def fire(self, name: str) -> Any:
        """Run a schedule now. Return the answer of its function. Raises FunctionFailed."""
        schedule = next(schedule for schedule in self._topology.schedules if schedule.name == name)
        return self.invoke(physical_name(schedule.function), scheduled(schedule, datetime.now(UTC)))

    def environment(self, function: Function) -> dict[str, str]:
        """Return the environment variables of one function's sandboxes."""
        shared = {
            **self._database,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_ENDPOINT_URL": self.emulator.url,
            "AWS_ENDPOINT_URL_LAMBDA": self._invoke_api.url,
            "AWS_CONFIG_FILE": "/dev/null",  # the user's own may name other endpoints
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "TZ": "UTC",
        }
        return function_environment(function, shared=shared, queue_urls=self.queue_urls, settings=self._settings)


def scheduled(schedule: Schedule, moment: datetime) -> dict[str, str]:
    """The input that the stack gives a target, with the time as Scheduler writes it."""
    return {"schedule": schedule.name, "time": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
