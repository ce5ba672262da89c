"""What the providers accepted against what the database says: lost, doubled, and why where that is allowed."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from infra.local.providers.ledger import Ledger
from tests.chaos.balance import Delivery
from tests.chaos.plan import TIMEOUT
from tests.chaos.system import FailedInvocation

#: What a mail ends with that Resend refused by itself.
REFUSED = "validation_error"
PUSH_WORKER = "deliver-mobile_push"
#: By person, their phones' tokens with the platform.
Phones = Mapping[UUID, tuple[tuple[str, str], ...]]


def accepted(folder: Path) -> list[dict[str, Any]]:
    """The ledger of fake providers that have stopped."""
    ledger = Ledger(folder / "ledger.sqlite")
    try:
        return ledger.accepted()
    finally:
        ledger.close()


def misdelivered_mails(
    deliveries: Sequence[Delivery], ledger: Sequence[Mapping[str, Any]], *, refused: int
) -> Iterator[str]:
    """Mails that are not sent, were never accepted, or were accepted twice; but for so many that were `refused` by name."""
    accepted_for = Counter(row["delivery_id"] for row in ledger if row["channel"] == "email")
    mails: defaultdict[UUID, list[Delivery]] = defaultdict(list)
    for each in deliveries:
        if each.channel == "email":
            mails[each.told_as].append(each)
    for parts in mails.values():
        times = sum(accepted_for[str(each.id)] for each in parts)
        if refused and not times and all((each.status, each.error) == ("failed", REFUSED) for each in parts):
            refused -= 1
            continue
        yield from (f"mail {each.id}: {each.status} ({each.error})" for each in parts if each.status != "sent")
        if times != 1:
            yield f"mail {parts[0].id} of {len(parts)} deliveries: accepted {times} times"


def gathered(deliveries: Sequence[Delivery]) -> Counter[str]:
    """Return how many deliveries went out as one with others, by channel."""
    parts = Counter((each.channel, each.gathered_in) for each in deliveries if each.gathered_in)
    return Counter({channel: sum(n for (of, _), n in parts.items() if of == channel) for channel, _ in parts})


class Pushes:
    """The pushes of a run, by notification and device."""

    def __init__(
        self,
        deliveries: Sequence[Delivery],
        ledger: Sequence[Mapping[str, Any]],
        failures: Sequence[FailedInvocation],
        believed_dead: Set[str],
    ) -> None:
        self._believed_dead = believed_dead
        self.missed = 0
        self._deliveries = [each for each in deliveries if each.channel == "mobile_push"]
        self._failed_at = [each.at for each in failures if each.function == PUSH_WORKER]
        self._accepted: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
        for row in ledger:
            if row["channel"] == "mobile_push":
                self._accepted[row["notification_id"], row["recipient"]].append(row)

    def misdelivered(self, phones: Phones) -> Iterator[str]:
        """Pushes that are not sent where there is a phone, or that a phone never got, or got under two collapse ids.

        A phone that its provider called dead may miss what was sent while it was believed.
        """
        for each in self._deliveries:
            owned = {token for _, token in phones[each.user_id]}
            expected: set[tuple[str, str | None]] = {("sent", None)} if owned else {("skipped", "no_device")}
            if owned and owned <= self._believed_dead:
                expected |= {("skipped", "no_device"), ("skipped", "no_live_device")}
            if (each.status, each.error) not in expected:
                yield f"push {each.id}: {each.status} ({each.error})"
            for token in owned:
                rows = self._accepted.get((str(each.told_as), token))
                if not rows and token in self._believed_dead:
                    self.missed += 1
                elif not rows:
                    yield f"push {each.id}: a phone never got it"
                elif {row["collapse_id"] for row in rows} != {str(each.told_as)}:
                    yield f"push {each.id}: shown more than once"

    def repeats(self) -> Iterator[str]:
        """The cause of each repeat to a phone: an answer that was lost, a worker that failed, or `unexplained …`."""
        deliveries = {str(each.told_as): each for each in self._deliveries}
        for (notification_id, _), rows in self._accepted.items():
            times = sorted(row["at"] for row in rows)
            for first, second in pairwise(times):
                yield self._cause(deliveries[notification_id], first, second)

    def _cause(self, delivery: Delivery, first: float, second: float) -> str:
        """Between the two, the first attempt either left a record, which must be one of doubt, or died without one."""
        recorded = next((each for each in delivery.attempts if first <= each.at < second), None)
        if recorded and recorded.ambiguous:
            return "answer lost"
        if any(first <= at <= (recorded.at if recorded else second) for at in self._failed_at):
            return "worker died before the record"
        if not recorded and second - first < TIMEOUT:
            return "answer lost with its connection, asked again in the same attempt"
        return f"unexplained: push {delivery.id} accepted at {first:.3f} and {second:.3f}: {delivery.attempts}"
