"""How the workers of the channels are run."""

from infra.topology.model import WorkerPlan
from owlpost.domain.channel import Channel
from owlpost.domain.retry import RetryBounds

#: Channels that want something other than the usual. Resend limits calls a second, so mail waits to fill its batches.
WORKER_PLANS: dict[str, WorkerPlan] = {
    "email": WorkerPlan(window=3, max_concurrency=2),
    "mobile_push": WorkerPlan(window=1, max_concurrency=10),
    # About 30 messages a second over all chats (Telegram, Bots FAQ).
    "telegram": WorkerPlan(batch_size=10, window=1, max_concurrency=2, timeout=60),
    "web_push": WorkerPlan(batch_size=25, window=1),
    # Ten receivers at once, each up to 15 seconds, and tries over three days (Standard Webhooks
    # 1.0.0, Deliverability and reliability).
    "webhook": WorkerPlan(
        batch_size=10,
        window=1,
        timeout=60,
        retry=RetryBounds(
            max_attempts=60, base_seconds=5, cap_seconds=21_600, patience_seconds=172_800, deadline_seconds=259_200
        ),
    ),
}


def worker_plan(channel: Channel) -> WorkerPlan:
    """Return how the channel's worker is run."""
    return WORKER_PLANS.get(channel.key, WorkerPlan())
