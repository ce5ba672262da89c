"""What goes wrong, and when: the same script for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from infra.local.providers.faults import KINDS
from tests.chaos.destinations import CHANNELS

#: Faults of the providers with their highest rates: those that cut a connection take all that is in flight on it along.
PUSH = {
    "goaway": 0.05,
    "reset": 0.03,
    "reset_after": 0.03,
    "error_503": 0.5,
    "rate_limit": 0.3,
    "timeout_after": 0.02,
    "latency": 0.9,
}
#: Of what a person connected: a stranger's server, or a service that many share.
_RECEIVERS = {
    "rate_limit": 0.3,
    "error_500": 0.3,
    "error_503": 0.5,
    "reset": 0.3,
    "reset_after": 0.3,
    "timeout_after": 0.05,
    "latency": 0.9,
}
WEATHER: dict[str, dict[str, float]] = {
    "resend": {
        "rate_limit": 0.5,
        "error_500": 0.6,
        "error_503": 0.6,
        "reset": 0.5,
        "reset_after": 0.6,
        "timeout_after": 0.4,
        "slow_drip": 0.6,
        "latency": 0.9,
    },
    "apns": PUSH,
    "fcm": PUSH,
    "fcm_token": {"error_500": 0.5, "reset": 0.5},
    **{
        each.provider: {kind: rate for kind, rate in _RECEIVERS.items() if kind in KINDS[each.provider]}
        for each in CHANNELS
    },
}
#: Seconds: between two bytes of an answer that drips, before one that is late.
DELAYS = {"slow_drip": 0.0005, "latency": 0.15}
SQS_RATES = {"refuse": 0.3, "cut_before": 0.2, "cut_after": 0.2, "twice": 0.3}
#: Those of mail and push are struck more often: they have the most to do.
WORKERS = (
    *("deliver-email", "deliver-mobile_push", "deliver-mobile_push", "enqueue") * 2,
    *(f"deliver-{each.key}" for each in CHANNELS),
)
QUEUES = (*("email", "mobile_push") * 2, *(each.key for each in CHANNELS))
#: How often in a second of the run.
FREQUENCY = {
    "kill": 1.0,
    "provider_weather": 1.2,
    "accept_and_reset": 0.2,
    "half_taken": 0.2,
    "refused_keys": 0.2,
    "dead_tokens": 0.1,
    "sleep_an_hour": 0.1,
    "sqs_weather": 0.5,
    "sweep": 0.7,
    "invoke_again": 0.8,
    "lose_messages": 0.5,
    "freeze": 0.3,
    "lose_names": 0.2,
    "spoil_rendering": 0.3,
    "flood": 0.3,
    "lose_everything": 0.05,
    "slow_postgres": 0.05,
    "half_open_postgres": 0.05,
    "take_connections": 0.05,
    "lock_table": 0.05,
    "crash_postgres": 0.05,
    "kill_postgres": 0.05,
    "hang_sqs": 0.15,
}

#: The parts of a run in which these happen. After an hour, a device that was called dead before is believed to be dead, so no
#: provider errs so any more; and an hour's sleep is in the middle of traffic.
PARTS = {"dead_tokens": (0.1, 0.45), "sleep_an_hour": (0.5, 0.7)}
#: A fault as the switchboard of the fake providers takes it.
Fault: TypeAlias = dict[str, object]
PROVIDERS = ("resend", "apns", "fcm")


@dataclass(frozen=True, slots=True)
class Act:
    """One fault, `at` seconds into the run. `seconds` is how long it lasts or waits, `rates` are by kind or provider."""

    at: float
    kind: str
    target: str = ""
    seconds: float = 0.0
    faults: tuple[Fault, ...] = ()
    rates: dict[str, float] = field(default_factory=dict)


def written(random: Random, *, seconds: float) -> list[Act]:
    """The acts of a run of so many seconds, in the order of time."""
    acts = [
        _act(kind, random, at=seconds * random.uniform(*PARTS.get(kind, (0.0, 1.0))))
        for kind, frequency in FREQUENCY.items()
        for _ in range(max(1, round(frequency * seconds)))
    ]
    opening = [_act("provider_weather", random, at=0.0), _act("sqs_weather", random, at=0.0)]
    return sorted([*opening, *acts], key=lambda act: act.at)


def _act(kind: str, random: Random, *, at: float) -> Act:
    match kind:
        case "kill" | "freeze":
            return Act(at, kind, random.choice(WORKERS), seconds=random.uniform(0, 0.15))
        case _ if kind in WEATHERS:
            return Act(at, kind, faults=tuple(WEATHERS[kind](random)), seconds=random.uniform(0.2, 1.0))
        case "sqs_weather":
            chosen = random.sample(list(SQS_RATES), 2)
            return Act(at, kind, rates={name: random.uniform(0, SQS_RATES[name]) for name in chosen})
        case "invoke_again" | "lose_messages" | "flood":
            return Act(at, kind, random.choice(QUEUES), seconds=random.random())
        case _:
            return Act(at, kind, seconds=random.uniform(0.2, 1.2))


def _everywhere(random: Random, fault: str, *, rate: float = 1.0) -> list[Fault]:
    """Return the fault at each of PROVIDERS, for this share of its calls."""
    return [
        {"provider": provider, "fault": fault, "rate": rate, "seed": random.getrandbits(32)} for provider in PROVIDERS
    ]


def _weather(random: Random) -> list[Fault]:
    """Two or three faults of each provider, as its switchboard takes them."""
    return [
        {
            "provider": provider,
            "fault": kind,
            "rate": random.uniform(0.3, 1.0) * kinds[kind],
            "delay": DELAYS.get(kind, 0.0),
            "seed": random.getrandbits(32),
        }
        for provider, kinds in WEATHER.items()
        for kind in random.sample(list(kinds), min(len(kinds), random.choice((2, 3))))
    ]


def _half_taken(random: Random) -> list[Fault]:
    """Of a batch of mails, some are refused by themselves; of one of pushes, those that were still on the way are lost."""
    mails, *pushes = _everywhere(random, "reset", rate=0.05)
    return [{**mails, "fault": "partial", "rate": 0.5}, *pushes]


#: What the providers do, by the kinds of acts.
WEATHERS: dict[str, Callable[[Random], list[Fault]]] = {
    "provider_weather": _weather,
    "accept_and_reset": lambda random: [
        *_everywhere(random, "reset_after", rate=0.3),
        *({"provider": each.provider, "fault": "reset_after", "rate": 0.3} for each in CHANNELS),
    ],
    "half_taken": _half_taken,
    "refused_keys": lambda random: _everywhere(random, "refused_key"),
    "dead_tokens": lambda random: _everywhere(random, "dead_token")[1:],
}
