"""Tell the story of one delivery in sentences: what happened, why, and what comes next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from owlpost.db.operator.delivery_log import DeliveryStory
from owlpost.db.operator.holds import Stopper
from owlpost.domain import explanations
from owlpost.domain.value import dataclass
from owlpost.services.operator import decision, destinations
from owlpost.services.operator.moments import moment, span

DEVICES = {
    "delivered": "received it",
    "dead": "is dead by its provider's word, and was removed",
    "skipped": "was left out",
    "refused": "was refused",
    "transient": "has not received it yet",
}
#: Events that the provider reports later. Rows written before the key `provider_events` existed hold them under `feedback`.
FATES = {
    "delivered": "the recipient's mail server took it",
    "bounced": "the recipient's mail server refused it for good, and the address was suppressed",
    "bounced_for_now": "the recipient's mail server refused it for now",
    "complained": "the recipient reported it as unwanted, and the address was suppressed",
    "delayed": "the recipient's mail server has not taken it yet; the provider tries again",
    "suppressed_by_provider": "the provider did not send it, as the address is on the provider's list",
    "failed_after_acceptance": "the provider could not send it after all",
}


@dataclass(frozen=True, slots=True)
class Narrator:
    now: datetime
    #: The open holds that stop the delivery.
    stoppers: Sequence[Stopper] = ()

    def tell(self, delivery: DeliveryStory) -> list[str]:
        """Return sentences in the order of time; the last ones say what can be done."""
        return [
            *self._beginning(delivery),
            *(_attempt(entry) for entry in _history(delivery)),
            *_along(delivery),
            *_devices(delivery),
            *_destinations(delivery),
            *_provider_events(delivery),
            *self._end(delivery),
        ]

    def _beginning(self, delivery: DeliveryStory) -> Iterator[str]:
        to = delivery.recipient or f"user {delivery.user_id}, who is gone"
        age = span(self.now - delivery.created_at)
        yield f"{delivery.type} for {to} over {delivery.channel}, enqueued {moment(delivery.created_at)} ({age} ago)."
        yield f"Its correlation id in the logs is {delivery.correlation_id}."
        if delivery.decided_by:
            yield decision.told(delivery.decided_by, delivery.registry, delivery.preference_at)

    def _end(self, delivery: DeliveryStory) -> Iterator[str]:
        match delivery.status:
            case "pending":
                yield from self._pending(delivery)
            case "sent":
                yield _sent(delivery)
            case status:
                reason = explanations.explain(delivery.error or "unknown")
                yield f"It ended {status}: {reason.meaning} ({delivery.error})."
                yield reason.remedy
        if delivery.status == "failed" and _given_up(delivery):
            yield (
                f"It was given up after {delivery.attempts} attempts and left a dead letter:"
                f" owlpost dead-letters {delivery.channel}."
            )

    def _pending(self, delivery: DeliveryStory) -> Iterator[str]:
        if delivery.error:
            reason = explanations.explain(delivery.error)
            yield f"The last attempt met {delivery.error}: {reason.meaning}."
            yield reason.remedy
        if delivery.batch_id and delivery.batched_at:
            yield (
                f"It is frozen in batch {delivery.batch_id} with {delivery.batch_size} mails since"
                f" {moment(delivery.batched_at)}, so that the provider recognises a repeat."
            )
        if delivery.waits_for:
            yield from self._waiting(delivery, delivery.waits_for)
        elif delivery.leased_until and delivery.leased_until > self.now:
            yield f"A worker holds it until {moment(delivery.leased_until)} at the latest."
        elif delivery.next_attempt_at and delivery.next_attempt_at > self.now:
            in_ = span(delivery.next_attempt_at - self.now)
            yield f"It is still pending: the next attempt is due {moment(delivery.next_attempt_at)} (in {in_})."
        else:
            yield f"It is still pending and due. {_message(delivery)}"

    def _waiting(self, delivery: DeliveryStory, rule: str) -> Iterator[str]:
        reason = explanations.explain(rule)
        until = ""
        if delivery.next_attempt_at:
            until = f", until {moment(delivery.next_attempt_at)} (in {span(delivery.next_attempt_at - self.now)})"
        yield f"It waits by the rule {rule}{until}: {reason.meaning}."
        for each in self.stoppers:
            since = moment(each.created_at)
            yield f"The hold {each.id} stops it: {each.reason}, by {each.created_by} since {since}."
        yield reason.remedy


def _along(delivery: DeliveryStory) -> Iterator[str]:
    if delivery.along:
        others = "another one" if delivery.along == 1 else f"{delivery.along} others"
        yield f"It goes as one with {others} that waited for the end of the same quiet hours: all have the same outcome."


def _message(delivery: DeliveryStory) -> str:
    """Say of its message only what the row proves: the row is written first, and the message sent after the commit."""
    if delivery.attempted_at and (delivery.redriven_at is None or delivery.redriven_at <= delivery.attempted_at):
        return "A worker has had its message, and gets it again; should it be lost, the sweep queues it again."
    return (
        f"Its message was to be queued {moment(delivery.queued_at)}, and no worker has had it yet:"
        " whether SQS took it, the row does not say. If not, the sweep queues it again."
    )


def _sent(delivery: DeliveryStory) -> str:
    provider_id = delivery.attempt_metadata.get("provider_id")
    if provider_id == "console":
        return f"It was printed to the log: {explanations.explain('console').meaning}."
    taken = delivery.attempted_at or delivery.created_at
    by = f", who knows it as {provider_id}" if provider_id else ""
    where = "It was written to the inbox" if delivery.channel == "in_app" else f"The provider took it{by},"
    return f"{where} {moment(taken)}, {span(taken - delivery.created_at)} after it was enqueued."


def _history(delivery: DeliveryStory) -> list[Mapping[str, Any]]:
    history = delivery.attempt_metadata.get("history")
    return [entry for entry in history if isinstance(entry, dict)] if isinstance(history, list) else []


def _attempt(entry: Mapping[str, Any]) -> str:
    at = moment(datetime.fromisoformat(entry["at"]))
    reason = entry.get("reason")
    if entry["status"] == "replaced":
        return f"{at}: an operator took it back and gave it new words, which go to the devices that have it."
    if entry["status"] == "redriven":
        return f"{at}: an operator sent it again (it had failed with {reason})."
    unknown = ", and it may have gone out all the same" if entry.get("ambiguous") else ""
    attempt = f"attempt {entry['attempt']}" if "attempt" in entry else "looked at"
    return f"{at}: {attempt}, {entry['status']}{f' ({reason})' if reason else ''}{unknown}."


def _devices(delivery: DeliveryStory) -> Iterator[str]:
    devices = delivery.attempt_metadata.get("devices")
    for device_id, record in (devices if isinstance(devices, dict) else {}).items():
        reason = f": {record['reason']}" if record.get("reason") else ""
        yield f"{record.get('platform', 'device')} {device_id} {DEVICES.get(record['outcome'], record['outcome'])}{reason}."


def _destinations(delivery: DeliveryStory) -> Iterator[str]:
    recorded = delivery.attempt_metadata.get("destinations")
    for id_, record in (recorded if isinstance(recorded, dict) else {}).items():
        yield destinations.attempted(delivery.channel, id_, record)


def _provider_events(delivery: DeliveryStory) -> Iterator[str]:
    recorded = delivery.attempt_metadata.get("provider_events", delivery.attempt_metadata.get("feedback"))
    told = recorded if isinstance(recorded, dict) else {}
    for fate, entry in sorted(told.items(), key=lambda item: str(item[1]["at"])):
        why = entry.get("message") or entry.get("reason")
        said = f": {why}" if why else ""
        yield f"{moment(datetime.fromisoformat(entry['at']))}: {FATES.get(fate, fate)}{said}."


def _given_up(delivery: DeliveryStory) -> bool:
    """Return whether the last attempt met a transient fault: then its message became a dead letter. A refusal leaves none."""
    statuses = [entry["status"] for entry in _history(delivery)]
    return statuses[-2:] == ["pending", "failed"]
