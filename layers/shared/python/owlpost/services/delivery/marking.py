"""What a delivery's row keeps of what was sent: see `channels.looks`. It goes into the attempt log, and costs no statement."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from owlpost.channels.adapter import BatchReport, ChannelAdapter, Marking
from owlpost.channels.looks import MARK
from owlpost.domain.messages import Delivery


def marked(
    adapter: ChannelAdapter[Any], deliveries: tuple[Delivery, ...], contents: Mapping[UUID, Any], report: BatchReport
) -> BatchReport:
    """Return the report with the mark of each content. A platform that this attempt did not call keeps its earlier one."""
    if not isinstance(adapter, Marking):
        return report
    outcomes = dict(report.outcomes)
    for delivery in deliveries:
        outcome, earlier = outcomes[delivery.id], delivery.metadata.get(MARK)
        mark = {**(earlier if isinstance(earlier, dict) else {}), **adapter.mark(contents[delivery.id])}
        outcomes[delivery.id] = replace(outcome, metadata={**outcome.metadata, MARK: mark})
    return replace(report, outcomes=outcomes)
