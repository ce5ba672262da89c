"""Rendering before the provider is called, each delivery by itself: one that cannot be rendered fails alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from owlpost.channels.adapter import ChannelAdapter
from owlpost.db.delivery.claim import Claimed
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Failed
from owlpost.domain.reasons import Reason
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.services.delivery import telemetry


@dataclass(frozen=True, slots=True)
class Rendered:
    """The contents of those that could be rendered, and the outcome of the others, both by delivery id."""

    contents: Mapping[UUID, Any]
    failed: Mapping[UUID, Failed]


def render_each(adapter: ChannelAdapter[Any], channel: str, members: Sequence[Claimed]) -> Rendered:
    """Render each delivery in a `try` of its own. Failures are counted, and logged once per notification type."""
    contents: dict[UUID, Any] = {}
    errors: defaultdict[str, list[tuple[Claimed, Exception]]] = defaultdict(list)
    for member in members:
        try:
            contents[member.delivery.id] = adapter.render(member.delivery)
        except Exception as error:  # noqa: BLE001 (a defect in a template or in the data fails this delivery and no other)
            errors[member.delivery.notification.type].append((member, error))
    for kind, failures in errors.items():
        _report(channel, kind, failures)
    failed = {
        member.delivery.id: Failed(Reason.RENDER_ERROR, _detail(member.delivery, error))
        for failures in errors.values()
        for member, error in failures
    }
    return Rendered(contents, failed)


def _detail(delivery: Delivery, error: Exception) -> Mapping[str, object]:
    """The kind of the error. Its text may quote the person's data, which belongs in no attempt log."""
    return {"render_error": type(error).__name__, "type": delivery.notification.type}


def _report(channel: str, kind: str, failures: Sequence[tuple[Claimed, Exception]]) -> None:
    _, first = failures[0]
    logger().error(
        "rendering failed",
        exc_info=first,
        extra={
            "channel": channel,
            "type": kind,
            "deliveries": len(failures),
            **telemetry.correlation_ids(member for member, _ in failures),
        },
    )
    count("RenderFailed", len(failures), channel=channel)
