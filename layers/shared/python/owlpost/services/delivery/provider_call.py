"""One call of a channel's adapter: whatever it answers or raises becomes an outcome for each delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from owlpost.channels.adapter import BatchReport, ChannelAdapter
from owlpost.db.delivery.claim import Claimed
from owlpost.db.delivery.pauses import ADAPTER
from owlpost.domain.errors import PermanentFault, TransientFault
from owlpost.domain.messages import DeliveryBatch
from owlpost.domain.outcomes import Failed, Outcome, Retry
from owlpost.domain.reasons import Reason
from owlpost.observability import logger
from owlpost.services.delivery import telemetry

_UNANSWERED = Retry(TransientFault(Reason.NO_ANSWER, ambiguous=True))
#: Nobody can tell whether the person was told, and the provider would not recognise a repeat.
UNKNOWN = Failed(Reason.OUTCOME_UNKNOWN)
#: Seconds for which the adapter is taken for broken though it raised for one person alone: a night, and a morning to mend it.
#: Shorter than the time for which a provider remembers a frozen batch, so that the pause does not outlast its last delivery.
INNOCENT_SECONDS = 43_200.0
_WORKS: Mapping[str, str | None] = {ADAPTER: None}


def call_provider(
    adapter: ChannelAdapter[Any],
    channel: str,
    batch: DeliveryBatch,
    contents: Mapping[UUID, Any],
    members: Sequence[Claimed],
    *,
    works_since: datetime | None = None,
    alone: bool = False,
) -> BatchReport:
    """Call the provider for a batch. Return one outcome for each of its deliveries, and the state of the providers.

    The adapter itself is one of these providers, under the name ADAPTER: if it raises an error of its own, the channel waits,
    and no attempt is used up. If it has worked for others since it first raised for these members (`works_since`), they are
    at fault themselves: the attempt counts, and nobody else waits. So are they once the adapter has been paused for half a
    day, and they are the only ones left to try it on (`alone`): the pause ends.
    """
    if not batch.deliveries:
        return BatchReport({})
    try:
        report = adapter.deliver(batch, contents)
    except TransientFault as fault:
        return BatchReport(_for_all(batch, Retry(fault)), _WORKS)
    except PermanentFault as fault:
        return BatchReport(_for_all(batch, Failed(fault.reason)), _WORKS)
    except Exception:  # noqa: BLE001 (an adapter's bug must not strand its rows: they are tried again, and it is logged)
        at_fault, too_long = are_at_fault(members, works_since), alone and are_held_long(members)
        extra = {"channel": channel, "batch_id": str(batch.id), "for_these_alone": at_fault or too_long}
        logger().exception("adapter raised", extra={**extra, **telemetry.correlation_ids(members)})
        unknown = Retry(TransientFault(Reason.ADAPTER_ERROR, ambiguous=True, counts=at_fault or too_long))
        states = _WORKS if too_long else {} if at_fault else {ADAPTER: Reason.ADAPTER_ERROR}
        return BatchReport(_for_all(batch, unknown), states)
    outcomes = {each.id: report.outcomes.get(each.id, _UNANSWERED) for each in batch.deliveries}
    return BatchReport(outcomes, {**report.providers, **_WORKS}, report.deaths)


def are_at_fault(members: Sequence[Claimed], works_since: datetime | None) -> bool:
    """Return whether the adapter has worked for others since it first raised for each of these members."""
    raised = [each.first_adapter_error for each in members]
    return works_since is not None and all(at is not None and at <= works_since for at in raised)


def are_held_long(members: Sequence[Claimed]) -> bool:
    """Return whether each of these members has met a paused provider for as long as a lone one is believed innocent."""
    return all(each.held_seconds >= INNOCENT_SECONDS for each in members)


def merged(reports: Sequence[BatchReport]) -> BatchReport:
    """Return the reports of several batches as one. A provider that refused any of them counts as refusing."""
    outcomes = {id_: outcome for report in reports for id_, outcome in report.outcomes.items()}
    providers: dict[str, str | None] = {}
    for report in reports:
        for name, reason in report.providers.items():
            providers[name] = providers.get(name) or reason
    return BatchReport(outcomes, providers, tuple(deaths for report in reports for deaths in report.deaths))


def without_repeats(report: BatchReport) -> BatchReport:
    """Return the report for a provider that would not recognise a repeat: each outcome in doubt is the end of its delivery."""
    outcomes = {
        id_: replace(UNKNOWN, metadata=outcome.metadata, destinations=outcome.destinations)
        if _in_doubt(outcome)
        else outcome
        for id_, outcome in report.outcomes.items()
    }
    return replace(report, outcomes=outcomes)


def _in_doubt(outcome: Outcome) -> bool:
    return isinstance(outcome, Retry) and outcome.fault.ambiguous


def _for_all(batch: DeliveryBatch, outcome: Outcome) -> Mapping[UUID, Outcome]:
    return {delivery.id: outcome for delivery in batch.deliveries}
