"""The time of an invocation, measured on this code by `python -m tests.bench.durations`, and its conversion to Lambda's time.

Measured on 2026-11-26: two cores of an AMD EPYC, Python 3.11, warm sandboxes, Postgres and fake providers on the same machine.
Processor times are per invocation and per message (or person told), fitted through a small and a large batch: enqueue 4
people 5.8 ms and 2,000 people 570 ms; deliver-email 60 messages 20 ms and 100 messages 28.5 ms; deliver-mobile_push 32
messages 12 ms and 100 messages 31 ms. What a function waits for is not as measured, since everything there was near: it is an
assumption, from two milliseconds for each of its round trips to the database and from what providers are known to take.
"""

from dataclasses import dataclass

#: Lambda gives one whole processor at this size, and a smaller share below it: 0.29 at 512 MB.
ONE_PROCESSOR_MB = 1_769
#: Peak memory of the largest worker; sizes are chosen for their share of a processor, not for this.
PEAK_MB = 98
#: Bytes in the database for one notification with its three deliveries and all indexes.
BYTES_PER_NOTIFICATION = 2_289


@dataclass(frozen=True, slots=True)
class Invocation:
    """Milliseconds of CPU per invocation and per message, milliseconds of waiting, and bytes of log."""

    processor_ms: float
    per_message_ms: float = 0
    waits_ms: float = 0
    log_bytes: float = 300
    log_bytes_per_message: float = 0

    def milliseconds(self, *, messages: float, memory_mb: int, slower: float) -> float:
        """Return the billed time. Waiting takes as long at any size; work takes longer on a smaller share of a processor."""
        work = self.processor_ms + self.per_message_ms * messages
        return self.waits_ms + work * slower * max(1.0, ONE_PROCESSOR_MB / memory_mb)


#: A channel's worker without a measurement counts as the slower one of the measured workers.
WORKER = Invocation(7.4, 0.28, waits_ms=320, log_bytes=700, log_bytes_per_message=8)
#: All other functions without a measurement.
SOMETHING = Invocation(10, waits_ms=20)

INVOCATIONS = {
    "enqueue": Invocation(4.7, 0.28, waits_ms=20, log_bytes=680),
    "deliver-email": Invocation(7.4, 0.21, waits_ms=320, log_bytes=700, log_bytes_per_message=8),
    "deliver-mobile_push": Invocation(3.0, 0.28, waits_ms=220, log_bytes=500, log_bytes_per_message=10),
    "api": Invocation(3.5, waits_ms=6, log_bytes=300),  # inbox 4.9 ms, unread count 2.0 ms
    "dashboard": Invocation(0.2, log_bytes=0),
    "sweep": Invocation(2.0, waits_ms=10, log_bytes=340),
    "digest": Invocation(1.5, waits_ms=10, log_bytes=350),
    "cleanup": Invocation(6.7, waits_ms=30, log_bytes=280),
}


def invocation(function: str) -> Invocation:
    return INVOCATIONS.get(function) or (WORKER if function.startswith("deliver-") else SOMETHING)
