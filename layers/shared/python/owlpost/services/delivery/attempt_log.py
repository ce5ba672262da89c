"""The attempt log of a delivery, and the mark of a frozen batch that the provider surely has not accepted."""

from datetime import datetime

from owlpost.db.delivery.claim import Claimed
from owlpost.domain.outcomes import Outcome, Retry
from owlpost.domain.provider_reasons import ProviderReason
from owlpost.domain.reasons import Reason

#: The attempt log keeps the latest entries of a long story.
HISTORY = 20
#: The member of the metadata that holds the mark.
MARK = "not_accepted"
#: Answers which say that nothing was accepted, and attempts in which no call was made. Within its window, a batch is repeated
#: under its id even after these: a gateway may have written a 503. At the end, they are believed.
NOT_ACCEPTED = frozenset(
    {
        ProviderReason.SERVICE_UNAVAILABLE,
        "http_503",
        ProviderReason.RATE_LIMIT_EXCEEDED,
        ProviderReason.DAILY_QUOTA_EXCEEDED,
        ProviderReason.MONTHLY_QUOTA_EXCEEDED,
        Reason.RATE_LIMITED,
        Reason.OUT_OF_TIME,
        Reason.UNREACHABLE,
        Reason.CONNECTION_FAILED,
        Reason.PROVIDER_PAUSED,
        Reason.BATCH_INCOMPLETE,
    }
)


def surely_not_accepted(claimed: Claimed, reason: str, *, first_call: bool) -> bool:
    """Whether each attempt on this frozen batch, the one that met `reason` included, met an answer of NOT_ACCEPTED."""
    return reason in NOT_ACCEPTED and (first_call or reason_so_far(claimed) is not None)


def reason_so_far(claimed: Claimed) -> str | None:
    """Return the last reason if the batch surely was not accepted until now; None if nobody can tell.

    The mark names the batch and the attempts made until then: an attempt that was never recorded breaks the chain.
    """
    mark = claimed.delivery.metadata.get(MARK)
    if not isinstance(mark, dict) or claimed.batch_id is None:
        return None
    unbroken = (mark.get("batch_id"), mark.get("attempts")) == (str(claimed.batch_id), claimed.attempts - 1)
    return str(mark.get("reason")) if unbroken else None


def with_mark(
    metadata: dict[str, object], claimed: Claimed, reason: str, *, refused: bool, counts: bool
) -> dict[str, object]:
    """Return the metadata with the mark for the next attempt; with none if the batch may have been accepted."""
    if not refused:
        return {**metadata, MARK: None} if MARK in metadata else metadata
    mark = {"batch_id": str(claimed.batch_id), "attempts": claimed.attempts - (0 if counts else 1), "reason": reason}
    return {**metadata, MARK: mark}


def with_entry(
    claimed: Claimed, outcome: Outcome, status: str, reason: str | None, *, now: datetime
) -> dict[str, object]:
    """Return the metadata of a delivery after an attempt: what was there, what the adapter adds, and a further entry."""
    earlier = claimed.delivery.metadata.get("history")
    entry: dict[str, object] = {
        "at": now.isoformat(),
        "attempt": claimed.attempts,
        "status": status,
        "reason": reason,
    }
    if claimed.batch_id:
        entry["batch_id"] = str(claimed.batch_id)
    if isinstance(outcome, Retry) and outcome.fault.ambiguous:
        entry["ambiguous"] = True
    history = [*(earlier if isinstance(earlier, list) else []), entry]
    return {**claimed.delivery.metadata, **outcome.metadata, "history": history[-HISTORY:]}
