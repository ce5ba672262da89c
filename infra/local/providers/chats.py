"""The fake chats, by name."""

from collections.abc import Callable, Mapping

from infra.local.providers.exchange import Application
from infra.local.providers.faults import FaultPlan
from infra.local.providers.ledger import Ledger
from infra.local.providers.room_webhooks import RoomWebhooks
from infra.local.providers.slack import Slack

CHATS = ("slack", "teams", "discord")


def chats(ledger: Ledger, faults: FaultPlan, clock: Callable[[], float]) -> Mapping[str, Application]:
    """Return the application of each."""
    rooms = {name: RoomWebhooks(name, ledger, faults, clock).handle for name in CHATS[1:]}
    return {"slack": Slack(ledger=ledger, faults=faults, clock=clock).handle, **rooms}
