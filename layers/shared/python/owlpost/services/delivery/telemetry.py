"""Logs and metrics of the deliveries that a worker has settled, by channel and type."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from owlpost.db.delivery.claim import Claimed
from owlpost.db.delivery.settle import Settled
from owlpost.domain import correlation
from owlpost.domain.reasons import Reason
from owlpost.domain.types import CANARY
from owlpost.observability import Meter, count, logger
from owlpost.services.delivery.settlement import Postpone, Settlement


def record(channel: str, settlements: Sequence[Settlement], meter: Meter) -> None:
    """Log one line for the batch and one for each delivery that was not sent; record metrics by type."""
    if not settlements:
        return
    logger().info(
        "settled",
        extra={
            "channel": channel,
            "outcomes": Counter(each.metric for each in settlements),
            "batch_ids": sorted({str(each.claimed.batch_id) for each in settlements if each.claimed.batch_id}),
            **correlation_ids(each.claimed for each in settlements),
        },
    )
    for each in settlements:
        if each.status != "sent":
            _log_not_sent(channel, each)
    _measure(channel, settlements, meter)


def record_doubts(channel: str, settlements: Sequence[Settlement], *, twice: bool) -> None:
    """Count deliveries of which nobody knows whether they are out; with `twice` also those that a repeat may tell twice."""
    unknown = sum(each.status == "failed" and each.row.error == Reason.OUTCOME_UNKNOWN for each in settlements)
    if unknown:
        count("OutcomeUnknown", unknown, channel=channel)
    repeated = sum(each.after_server_error for each in settlements)
    if twice and repeated:
        count("RetriedAfterServerError", repeated, channel=channel)


#: A first attempt that begins within this of its enqueue is not late: windows and retries of receives take that long.
IN_TIME = timedelta(minutes=5)


def record_oldest_due(channel: str, claimed: Iterable[Claimed], now: datetime) -> None:
    """Count the age of the oldest first attempt, if it is late: it has been due since its delivery was made.

    SQS' own age leaves out messages that were received three times, and a sweep looks only every five minutes.
    """
    people = [each for each in claimed if each.delivery.notification.type != CANARY.key]
    waited = [now - each.created_at for each in people if each.attempts == 1]
    if waited and max(waited) > IN_TIME:
        count("OldestDue", max(waited).total_seconds(), channel=channel)


def correlation_ids(claimed: Iterable[Claimed]) -> dict[str, list[str]]:
    """Return the correlation ids of the deliveries, each once and none left out, so that a search for any finds the line."""
    return {"correlation_ids": sorted({str(each.delivery.correlation_id) for each in claimed})}


def _log_not_sent(channel: str, settlement: Settlement) -> None:
    claimed = settlement.claimed
    status = "retried" if settlement.status == "pending" else settlement.status
    log = logger().info if status == "skipped" else logger().warning
    log(
        f"delivery {status}",
        extra={
            correlation.FIELD: claimed.delivery.correlation_id,
            "delivery_id": str(claimed.delivery.id),
            "channel": channel,
            "type": claimed.delivery.notification.type,
            "reason": settlement.row.error,
            "attempt": claimed.attempts,
            "batch_id": claimed.batch_id and str(claimed.batch_id),
            "again_in_seconds": settlement.fate.seconds if isinstance(settlement.fate, Postpone) else None,
        },
    )


def _measure(channel: str, settlements: Iterable[Settlement], meter: Meter) -> None:
    by_type: defaultdict[str, list[Settlement]] = defaultdict(list)
    for each in settlements:
        if each.claimed.delivery.notification.type != CANARY.key:  # our own, which has a metric of its own
            by_type[each.claimed.delivery.notification.type].append(each)
    for kind, alike in by_type.items():
        times = [each.seconds_to_deliver for each in alike if each.status == "sent"]
        meter.record(channel, kind, Counter(each.metric for each in alike), seconds_to_deliver=times)


def record_pauses(channel: str, settled: Settled, providers: Mapping[str, str | None]) -> None:
    """Log and count each provider that begins to refuse us, which is an alarm, and each that takes our calls again."""
    for provider in sorted(settled.paused):
        extra = {"channel": channel, "provider": provider, "reason": providers.get(provider)}
        logger().error("provider refuses us: deliveries over it wait, and a probe follows every minute", extra=extra)
        count("ProviderPaused", channel=channel)
    for provider in sorted(settled.resumed):
        logger().warning("provider takes our calls again", extra={"channel": channel, "provider": provider})
        count("ProviderResumed", channel=channel)
