from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from infra.local.providers.server import Providers
from owlpost.domain.messages import DeliveryBatch
from owlpost.domain.outcomes import Sent
from tests.support.push_stage import android, delivery, iphone, opened, section


def test_a_thousand_pushes_of_one_worker_take_one_connection_a_host(tmp_path: Path) -> None:
    with Providers(tmp_path) as providers, opened(section(providers)) as adapter:
        for _ in range(10):
            deliveries = tuple(delivery(iphone() if number % 4 else android()) for number in range(100))
            deadline = datetime.now(UTC) + timedelta(seconds=20)
            contents = {each.id: adapter.render(each) for each in deliveries}
            outcomes = adapter.deliver(DeliveryBatch(uuid4(), deliveries, deadline), contents).outcomes
            assert all(isinstance(outcome, Sent) for outcome in outcomes.values())
        assert providers.ledger.counts()["mobile_push"] == 1_000
        assert providers.connections.opened["apns"] == 1
        # The other is the token endpoint's, which is another host at Google.
        assert providers.connections.opened["fcm"] <= 2
