"""The webhook channel: each notification is posted, signed, to every URL that its person has connected."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import httpcore

from owlpost.channels.adapter import BatchReport, ChannelAdapter, Promises
from owlpost.channels.guarded import GuardedClient
from owlpost.channels.per_destination import DESTINATIONS, Attempt, due_destinations, merged
from owlpost.channels.webhook.call import Target, WebhookCall, WebhookVerdict, record, untried
from owlpost.channels.webhook.look import mark
from owlpost.channels.webhook.message import notification_body
from owlpost.channels.webhook.settings import WebhookSettings
from owlpost.domain.clock import utc_now
from owlpost.domain.destinations import Destination
from owlpost.domain.errors import Misconfigured
from owlpost.domain.messages import Delivery, DeliveryBatch
from owlpost.domain.outcomes import Outcome
from owlpost.seals import Seals

#: Seconds for one call: "somewhere between 15 and 30s" (Standard Webhooks 1.0.0, Request timeouts).
LONGEST_CALL_SECONDS = 15.0
AT_ONCE = 10
#: Reserved before the batch's deadline for merging the answers.
MARGIN_SECONDS = 0.25


def build(section: Mapping[str, str]) -> ChannelAdapter[bytes]:
    """Build the adapter from its section of the environment. Raises Misconfigured for an invalid value."""
    settings = WebhookSettings.from_section(section)
    context = httpcore.default_ssl_context()
    if settings.ca_file:
        try:
            context.load_verify_locations(settings.ca_file)
        except OSError as error:
            raise Misconfigured(f"WEBHOOK_CA_FILE: {error}") from None
    return WebhookChannel(GuardedClient(context, settings.inside), Seals(settings.keys), settings.web_url)


class WebhookChannel:
    """Calls several receivers at once, and each of them one call after the other."""

    #: `webhook-id` is the same in each attempt, by which the receiver knows a repeat.
    promises = Promises("same")

    def __init__(self, client: GuardedClient, seals: Seals, web_url: str = "") -> None:
        self._client = client
        self._seals = seals
        self._web_url = web_url

    def render(self, delivery: Delivery) -> bytes:
        """See ChannelAdapter."""
        return notification_body(delivery, self._web_url)

    def mark(self, content: bytes) -> Mapping[str, object]:
        """See Marking."""
        return mark(content)

    def deliver(self, batch: DeliveryBatch, contents: Mapping[UUID, bytes]) -> BatchReport:
        """See ChannelAdapter. Post each delivery to the destinations that no earlier attempt has settled."""
        at = batch.at or utc_now()
        round_ = _Round(WebhookCall(self._client, self._seals, at), contents, batch.deadline)
        due = {delivery.id: due_destinations(delivery) for delivery in batch.deliveries}
        verdicts = round_.attempt([(each, to) for each in batch.deliveries for to in due[each.id]])
        return BatchReport({each.id: _outcome(each, due[each.id], verdicts, at) for each in batch.deliveries})


class _Round:
    """One attempt at all destinations of a batch."""

    def __init__(self, call: WebhookCall, contents: Mapping[UUID, bytes], deadline: datetime) -> None:
        self._call = call
        self._contents = contents
        self._until = time.monotonic() + (deadline - utc_now()).total_seconds() - MARGIN_SECONDS
        self._verdicts: dict[Target, WebhookVerdict] = {}
        self._lock = threading.Lock()

    def attempt(self, targets: Sequence[tuple[Delivery, Destination]]) -> Mapping[Target, WebhookVerdict]:
        """Return a verdict for each delivery at each of its destinations."""
        by_destination: defaultdict[UUID, list[tuple[Delivery, Destination]]] = defaultdict(list)
        for delivery, destination in targets:
            by_destination[destination.id].append((delivery, destination))
        if by_destination:
            with ThreadPoolExecutor(min(AT_ONCE, len(by_destination))) as threads:
                list(threads.map(self._visit, by_destination.values()))
        return self._verdicts

    def _visit(self, visits: Sequence[tuple[Delivery, Destination]]) -> None:
        """Post one delivery after the other. After a failure the rest waits: one slow receiver must not starve the others."""
        failed: WebhookVerdict | None = None
        for delivery, destination in visits:
            left = self._until - time.monotonic()
            if failed or left <= 0:
                verdict = untried(failed)
            else:
                seconds = min(left, LONGEST_CALL_SECONDS)
                verdict = self._call.attempt(delivery, destination, self._contents[delivery.id], seconds=seconds)
                failed = verdict if verdict.stops_others else None
            with self._lock:
                self._verdicts[delivery.id, destination.id] = verdict


def _outcome(
    delivery: Delivery, due: Sequence[Destination], verdicts: Mapping[Target, WebhookVerdict], at: datetime
) -> Outcome:
    found = [(each, verdicts[delivery.id, each.id]) for each in due]
    attempt = Attempt(
        records={str(each.id): record(each, verdict, at) for each, verdict in found},
        faults=[verdict.fault for _, verdict in found if verdict.fault],
        destinations=tuple(verdict.report for _, verdict in found if verdict.report),
    )
    return merged(delivery, attempt, DESTINATIONS)
