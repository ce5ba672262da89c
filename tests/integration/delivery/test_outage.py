import heapq
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from infra.topology.plan import topology
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome, Retry, Sent
from owlpost.domain.retry import RetryBounds
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.settlement import Postpone
from tests.support.adapters import ScriptedAdapter
from tests.support.stage import Stage

OUTAGE = timedelta(minutes=10)


def bounds(channel: str) -> RetryBounds:
    """Those that the topology gives the channel."""
    return RetryBounds.model_validate_json(topology().function(f"deliver-{channel}").environment["DELIVERY_RETRY"])


def run_queue(stage: Stage, worker: DeliveryWorker, ids: Sequence[UUID]) -> datetime:
    """Play the queue: each message comes when it is due, until all have done their work; answer when that was."""
    order = count()
    due = [(stage.clock(), next(order), each) for each in ids]
    while due:
        moment, _, first = heapq.heappop(due)
        stage.clock.move_to(max(stage.clock(), moment))
        batch = [first, *(heapq.heappop(due)[2] for _ in range(min(99, sum(each[0] <= stage.clock() for each in due))))]
        for delivery_id, fate in stage.deliver(batch, by=worker).items():
            if isinstance(fate, Postpone):
                heapq.heappush(due, (stage.clock() + timedelta(seconds=fate.seconds), next(order), delivery_id))
    return stage.clock()


def test_ten_minutes_without_resend_delay_no_push_lose_no_mail_and_mend_themselves(stage: Stage) -> None:
    mails, pushes = stage.tell(150), stage.pending("mobile_push")
    began = stage.clock()

    def down_for_a_while(_delivery: Delivery) -> Outcome:
        if stage.clock() < began + OUTAGE:
            return Retry(TransientFault("connection_refused"))
        return Sent()

    mailer = replace(stage, adapter=ScriptedAdapter(down_for_a_while)).worker("email", bounds=bounds("email"))
    assert all(isinstance(fate, Postpone) for fate in stage.deliver(mails[:100], by=mailer).values())
    assert run_queue(stage, stage.worker("mobile_push", bounds=bounds("mobile_push")), pushes) == began
    assert {stage.row(each)["status"] for each in pushes} == {"sent"}

    mended = run_queue(stage, mailer, mails)
    assert {stage.row(each)["status"] for each in mails} == {"sent"}
    longest_wait = timedelta(seconds=bounds("email").cap_seconds)
    assert OUTAGE <= mended - began <= OUTAGE + longest_wait
