"""Faults on demand: the request that a fault strikes, and its effect on the answer."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from infra.local.providers.catalogue import CataloguedAnswer
from infra.local.providers.catalogues import CATALOGUES, GOODBYES, catalogued
from infra.local.providers.exchange import Answer, Conduct

CONNECTION = {"slow_drip", "latency", "reset", "reset_after", "timeout_after", "down"}
#: `answer` gives the answer of that name in the provider's catalogue.
REFUSALS = {"rate_limit", "error_500", "error_503", "refused_key", "answer"}
PUSH = {"goaway", "dead_token", "bad_device_token", "wrong_topic", "expired_provider_token"}
#: In Apple's spelling. Only an APNs key can be bound to one environment.
APNS = {"too_many_token_updates", "wrong_environment"}
KINDS: dict[str, set[str]] = {
    "resend": CONNECTION
    | REFUSALS
    | {"conflict", "partial", "reject_address", "reject_call", "reject_content", "daily_quota", "strict_batches"},
    "apns": CONNECTION | REFUSALS | PUSH | APNS,
    "fcm": CONNECTION | REFUSALS | PUSH,
    "webhook": CONNECTION | {"rate_limit", "error_500", "error_503", "answer"},
    "telegram": CONNECTION | REFUSALS - {"error_500"} | {"dead_token"},
    "web_push": CONNECTION | REFUSALS | {"dead_token"},
    "slack": CONNECTION | REFUSALS,
    "teams": CONNECTION | {"rate_limit", "answer"},
    "discord": CONNECTION | {"rate_limit", "error_500", "error_503", "answer"},
    "fcm_token": CONNECTION - {"down"} | {"error_500", "error_503", "answer"},
}
# These strike single mails, not the call that carries them.
MAIL_KINDS = frozenset({"partial", "reject_address", "strict_batches"})
REQUEST_KINDS = frozenset().union(*KINDS.values()) - MAIL_KINDS


class Fault(BaseModel):
    """One scripted misbehaviour.

    It strikes each request whose token or address contains `match`, after letting `after` of them pass, `times` times or with
    probability `rate`; with neither, until cleared. `retry_after` is in seconds, `delay` in seconds (per byte for `slow_drip`,
    per answer for `latency`), `timestamp` in epoch milliseconds (when `dead_token` says that the token died; default now).
    `answer` names the answer of the kind `answer`, `text` is what a `goaway` says. `strict_batches` makes Resend ignore
    `x-batch-validation`. ValidationError, a ValueError, where the provider cannot do it.
    """

    model_config = ConfigDict(extra="forbid")

    provider: str
    kind: str = Field(alias="fault")
    times: int | None = None
    rate: float | None = Field(default=None, ge=0, le=1)
    match: str = ""
    after: int = 0
    retry_after: float | None = None
    answer: str = ""
    text: str = ""
    delay: float = 0.01
    timestamp: int | None = None
    seed: int = 0
    _random: Random = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002 (pydantic's signature)
        """Refuse faults that the provider cannot have, and seed the dice."""
        if self.kind not in KINDS.get(self.provider, ()):
            raise ValueError(f"{self.provider!r} has no fault {self.kind!r}")
        if (self.kind == "answer") is not (self.answer in CATALOGUES[self.provider].answers):
            raise ValueError(f"{self.provider!r} has no answer {self.answer!r}")
        if self.retry_after is not None and "retry-after" not in CATALOGUES[self.provider].optional:
            raise ValueError(f"{self.provider!r} never says when to come back")
        self._random = Random(self.seed)  # noqa: S311 (a repeatable experiment, not a secret)

    @property
    def spent(self) -> bool:
        """Return whether the fault has struck often enough."""
        return self.times is not None and self.times <= 0

    def strikes(self, key: str) -> bool:
        """Decide for one request, and count it."""
        if self.spent or self.match not in key:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.rate is not None and self._random.random() >= self.rate:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class FaultPlan:
    """The active faults, and the number of injections by kind. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._injected: Counter[tuple[str, str]] = Counter()

    def add(self, fault: Fault) -> None:
        """Activate a fault, behind the active ones."""
        with self._lock:
            self._faults = [*self._faults, fault]

    def clear(self) -> None:
        """End all faults. The counts stay."""
        with self._lock:
            self._faults = []

    def pick(self, provider: str, key: Callable[[], str]) -> Fault | None:
        """Return the fault that strikes this request, if any; `key` gives its token or addresses, and is asked only then."""
        return self._pick(provider, key, REQUEST_KINDS) if self._faults else None

    def pick_for_mail(self, provider: str, address: str, kinds: Set[str]) -> Fault | None:
        """Return the fault of these kinds that strikes this one mail, if any."""
        return self._pick(provider, lambda: address, MAIL_KINDS & kinds) if self._faults else None

    def refuses_connections(self, provider: str) -> bool:
        """Return whether the provider is down. Each refused connection counts as one injection."""
        down = any(fault.provider == provider and fault.kind == "down" and not fault.spent for fault in self._faults)
        if down:
            self._injected[provider, "down"] += 1
        return down

    def report(self) -> dict[str, Any]:
        """Return the faults in force and the number injected by provider and kind."""
        injected: dict[str, dict[str, int]] = {}
        for (provider, kind), number in sorted(self._injected.items()):
            injected.setdefault(provider, {})[kind] = number
        return {
            "active": [fault.model_dump(by_alias=True) for fault in self._faults if not fault.spent],
            "injected": injected,
        }

    def injected(self, provider: str, kind: str) -> int:
        """Return how often a fault was injected."""
        return self._injected[provider, kind]

    def _pick(self, provider: str, key: Callable[[], str], kinds: Set[str]) -> Fault | None:
        with self._lock:
            candidates = [each for each in self._faults if each.provider == provider and each.kind in kinds]
            fault = next((each for each in candidates if each.strikes(key())), None)
            if fault:
                self._injected[provider, fault.kind] += 1
            return fault


def suffer(fault: Fault, *, accept: Callable[[], Answer], refuse: Callable[[Fault], Answer]) -> Answer:
    """Answer a struck request. `accept` does the real work, `refuse` returns the provider's own error for the fault."""
    match fault.kind:
        case "reset" | "down":
            return Answer(conduct=Conduct.CUT)
        case "goaway":
            return Answer(body=(fault.text or GOODBYES[fault.provider]).encode(), conduct=Conduct.GOAWAY)
        case "reset_after":
            return replace(accept(), conduct=Conduct.CUT)
        case "timeout_after":
            return replace(accept(), conduct=Conduct.SILENCE)
        case "slow_drip":
            return replace(accept(), conduct=Conduct.DRIP, delay=fault.delay)
        case "latency":
            return replace(accept(), delay=fault.delay)
        case _:
            return refuse(fault)


def answer_of(fault: Fault, names: Mapping[str, str]) -> CataloguedAnswer:
    """Return the catalogued answer of a fault; `names` are those of the answers by the fault's kind."""
    return catalogued(fault.provider, fault.answer or names[fault.kind])


def retry_after(fault: Fault) -> tuple[tuple[str, str], ...]:
    """Return the `retry-after` header of a fault: what was scripted, else one second for Resend's rate limit, else none."""
    resends_limit = fault.provider == "resend" and fault.kind == "rate_limit"
    seconds = 1 if fault.retry_after is None and resends_limit else fault.retry_after
    return () if seconds is None else (("retry-after", f"{seconds:g}"),)
