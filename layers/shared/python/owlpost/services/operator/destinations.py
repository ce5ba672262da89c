"""Tell where a person is reached on a channel that goes to destinations, and why one of these gets nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from owlpost.db.operator.recipient import Recipient
from owlpost.domain import explanations
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.destinations import DestinationState
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.reasons import Reason
from owlpost.services.operator.moments import moment

CLOSED = {
    DestinationState.UNVERIFIED: Reason.NOT_VERIFIED,
    DestinationState.OFF: Reason.DESTINATION_OFF,
    DestinationState.DEAD: Reason.DESTINATION_DEAD,
}
#: What an attempt made of a destination, as `channels.per_destination` records it.
OUTCOMES = {
    "delivered": "took it",
    "dead": "said that it is gone for good, and gets nothing any more",
    "skipped": "was left out",
    "refused": "did not take it",
    "unknown": "may have taken it, as its answer was lost",
    "transient": "has not taken it yet",
}


def obstacle(channel: str, person: Recipient) -> Reason | None:
    """Return why nothing reaches the person there: None if one destination is live, else the reason of the first."""
    found = _of(channel, person)
    if any(each["state"] == DestinationState.LIVE for each in found):
        return None
    return CLOSED[found[0]["state"]] if found else Reason.NO_DESTINATION


def where(channel: str, person: Recipient) -> str:
    """Return the live destinations by their labels, and what keeps the others from being told."""
    found = _of(channel, person)
    live = " and ".join(each["label"] for each in found if each["state"] == DestinationState.LIVE)
    return "; ".join([live, *(_closed(each) for each in found if each["state"] != DestinationState.LIVE)])


def told_of(channel: str, person: Recipient) -> str:
    """Return the closed destinations in brackets, "" if there are none."""
    found = [_closed(each) for each in _of(channel, person)]
    return f" ({'; '.join(found)})" if found else ""


def attempted(channel: str, label: str, record: Mapping[str, Any]) -> str:
    """Return a sentence about what a delivery's attempts made of a destination, and what its provider leaves open."""
    code = record.get("reason")
    why = f": {explanations.explain(str(code)).meaning} ({code})" if code else ""
    said = f"{record.get('label') or label} {OUTCOMES.get(record['outcome'], record['outcome'])}{why}."
    open_ = _untold(channel) if record["outcome"] == "delivered" else ""
    return f"{said} {open_}".rstrip()


def _untold(channel: str) -> str:
    known = {**NOTIFICATION_CHANNELS, **OPTIONAL_CHANNELS}.get(channel)
    kinds = known.connect.kinds if known and known.connect else ()
    return next((kind.untold for kind in kinds if kind.untold), "")


def _of(channel: str, person: Recipient) -> list[dict[str, Any]]:
    return [each for each in person.destinations if each["channel"] == channel]


def _closed(each: Mapping[str, Any]) -> str:
    since = each["dead_at"] or each["last_error_at"]
    answered = f", last {each['last_error']} at {moment(datetime.fromisoformat(since))}" if since else ""
    return f"{each['label']} is {each['state']}{answered}"
