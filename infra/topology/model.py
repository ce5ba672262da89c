"""What a topology is made of: functions, queues, event sources, schedules, routes and secrets. All times are seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from owlpost.domain.queue_names import dead_letter
from owlpost.domain.retry import RetryBounds

#: The zone of the one function that connects as the owner of the database.
OWNER = "owner"
FOUR_DAYS = 4 * 86_400
FOURTEEN_DAYS = 14 * 86_400


#: What all names in an account begin with, unless an installation says otherwise.
PREFIX = "owlpost"


def physical_name(name: str, prefix: str = PREFIX) -> str:
    """Return the name in the account: `mobile_push` → `owlpost-mobile-push`."""
    return f"{prefix}-{name.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function. `settings` are the beginnings of the environment variables it may see beside the shared ones.

    `environment` holds what the topology itself decides, such as retry bounds. `sends` and `receives` name the queues that
    it calls itself, beside those that Lambda reads for it, and `starts` the functions that it starts. `database` is whether
    it connects to the database at all, and `zone` as whom: a zone of `owlpost.db.grants`, or the database's owner.
    """

    name: str
    entry: str
    memory_mb: int
    timeout: int
    settings: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    reserved_concurrency: int | None = None
    sends: tuple[str, ...] = ()
    receives: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    database: bool = True
    zone: str = "work"
    #: Variables of which it learns whether they are set, and never their values.
    told_of: tuple[str, ...] = ()
    #: How long an asynchronous event may wait for a free sandbox, its retries included; Lambda's own six hours if None.
    max_event_age: int | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue and its dead-letter queue, which keeps longer than the queue does."""

    name: str
    visibility_timeout: int
    max_receive_count: int
    retention: int = FOUR_DAYS
    dead_letter_retention: int = FOURTEEN_DAYS
    #: How old a message may be, its delay included, before the operator is told; None where they are meant to stay.
    oldest: int | None = 300

    @property
    def dead_letter_name(self) -> str:
        return dead_letter(self.name)


@dataclass(frozen=True, slots=True)
class EventSource:
    """A queue that Lambda reads for a function, with partial batch responses."""

    queue: str
    function: str
    batch_size: int
    window: int
    max_concurrency: int


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """How one channel's worker is run: few large batches for mail, more and smaller ones for push."""

    batch_size: int = 100
    window: int = 2
    max_concurrency: int = 5
    timeout: int = 30
    max_receive_count: int = 8
    retry: RetryBounds = field(default_factory=RetryBounds)


@dataclass(frozen=True, slots=True)
class Schedule:
    """An EventBridge Scheduler entry; `expression` as EventBridge writes it, in UTC."""

    name: str
    function: str
    expression: str


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the HTTP API, as API Gateway writes it, and the function it goes to; what has no route goes to `api`."""

    path: str
    function: str

    def matches(self, path: str) -> bool:
        fixed, greedy, _ = self.path.partition("{proxy+}")
        return path.startswith(fixed) and path != fixed if greedy else path == fixed


@dataclass(frozen=True, slots=True)
class LineApi:
    """API Gateway's WebSocket API, where pages hold lines: `function` hears who comes and goes.

    Of what a page sends, `selection` names the part that chooses among `answers`, each of which the gateway gives by itself.
    Anything else is refused by the gateway, so that no page can keep a function busy.
    """

    function: str
    stage: str
    selection: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Secret:
    """Environment variables that are kept in a secret; a function reads it whose `settings` let it see one of them.

    `variables` are for the operator to fill in, `generated` is made at deployment. `prefix` keeps it to those whose
    settings name that very beginning, where a shorter one would let others in.
    """

    name: str
    variables: tuple[str, ...] = ()
    generated: str | None = None
    prefix: str | None = None

    def seen_by(self, function: Function) -> bool:
        if self.prefix is not None:
            return self.prefix in function.settings
        names = (*self.variables, self.generated or "")
        return bool(function.settings) and any(name.startswith(function.settings) for name in names)


@dataclass(frozen=True, slots=True)
class Topology:
    functions: tuple[Function, ...]
    queues: tuple[Queue, ...]
    event_sources: tuple[EventSource, ...]
    schedules: tuple[Schedule, ...]
    routes: tuple[Route, ...] = ()
    secrets: tuple[Secret, ...] = ()
    #: The channels over which a canary is sent; none unless an installation chooses it.
    canary: tuple[str, ...] = ()
    #: Where pages hold lines; None unless an installation chooses to have them.
    lines: LineApi | None = None
    #: What all names in the account begin with; there may be one installation for each.
    prefix: str = PREFIX

    def physical_name(self, name: str) -> str:
        return physical_name(name, self.prefix)

    def secrets_of(self, function: Function) -> tuple[Secret, ...]:
        """Return the secrets whose values the function reads."""
        return tuple(secret for secret in self.secrets if secret.seen_by(function))

    def secrets_told_to(self, function: Function) -> tuple[Secret, ...]:
        """Return the secrets of which the function learns whether somebody has filled them in."""
        return tuple(secret for secret in self.secrets if not set(function.told_of).isdisjoint(secret.variables))

    def function(self, name: str) -> Function:
        return next(function for function in self.functions if function.name == name)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of trust that functions connect in, the owner's left out."""
        found = (function.zone for function in self.functions if function.database and function.zone != OWNER)
        return tuple(dict.fromkeys(found))

    def queue(self, name: str) -> Queue:
        return next(queue for queue in self.queues if queue.name == name)

    def with_functions(self, *functions: Function) -> Self:
        """The same with these functions in place of those of the same names."""
        changed = {function.name: function for function in functions}
        return replace(self, functions=tuple(changed.get(function.name, function) for function in self.functions))
