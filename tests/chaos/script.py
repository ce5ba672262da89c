"""What goes wrong, and when: the same script for the same seed."""

from dataclasses import dataclass, field
from random import Random

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
}
#: Seconds: between two bytes of an answer that drips, before one that is late.
DELAYS = {"slow_drip": 0.0005, "latency": 0.15}
SQS_RATES = {"refuse": 0.3, "cut_before": 0.2, "cut_after": 0.2, "twice": 0.3}
WORKERS = ("deliver-email", "deliver-mobile_push", "deliver-mobile_push", "enqueue")
#: How often in a second of the run.
FREQUENCY = {
    "kill": 1.0,
    "provider_weather": 1.2,
    "half_taken": 0.2,
    "sqs_weather": 0.5,
    "sweep": 0.7,
    "invoke_again": 0.8,
    "lose_messages": 0.5,
    "freeze": 0.3,
    "lose_names": 0.2,
    "spoil_rendering": 0.3,
    "flood": 0.3,
    "lose_everything": 0.1,
    "slow_postgres": 0.15,
    "half_open_postgres": 0.15,
    "take_connections": 0.15,
    "lock_table": 0.1,
    "crash_postgres": 0.12,
    "kill_postgres": 0.08,
    "hang_sqs": 0.15,
}


@dataclass(frozen=True, slots=True)
class Act:
    """One fault, `at` seconds into the run. `seconds` is how long it lasts or waits, `rates` are by kind or provider."""

    at: float
    kind: str
    target: str = ""
    seconds: float = 0.0
    faults: tuple[dict[str, object], ...] = ()
    rates: dict[str, float] = field(default_factory=dict)


def written(random: Random, *, seconds: float) -> list[Act]:
    """The acts of a run of so many seconds, in the order of time."""
    acts = [
        _act(kind, random, at=random.uniform(0, seconds))
        for kind, frequency in FREQUENCY.items()
        for _ in range(max(1, round(frequency * seconds)))
    ]
    opening = [_act("provider_weather", random, at=0.0), _act("sqs_weather", random, at=0.0)]
    return sorted([*opening, *acts], key=lambda act: act.at)


def _act(kind: str, random: Random, *, at: float) -> Act:
    match kind:
        case "kill" | "freeze":
            return Act(at, kind, random.choice(WORKERS), seconds=random.uniform(0, 0.15))
        case "provider_weather":
            return Act(at, kind, faults=tuple(_weather(random)))
        case "half_taken":
            return Act(at, "provider_weather", faults=tuple(_half_taken(random)))
        case "sqs_weather":
            chosen = random.sample(list(SQS_RATES), 2)
            return Act(at, kind, rates={name: random.uniform(0, SQS_RATES[name]) for name in chosen})
        case "invoke_again" | "lose_messages" | "flood":
            return Act(at, kind, random.choice(("email", "mobile_push")), seconds=random.random())
        case _:
            return Act(at, kind, seconds=random.uniform(0.2, 1.2))


def _half_taken(random: Random) -> list[dict[str, object]]:
    """Each provider accepts three calls of ten, and hangs up instead of saying so."""
    kinds = {"fault": "reset_after", "rate": 0.3}
    return [{"provider": provider, "seed": random.getrandbits(32), **kinds} for provider in ("resend", "apns", "fcm")]


def _weather(random: Random) -> list[dict[str, object]]:
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
