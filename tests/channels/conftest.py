"""A channel under test: its own adapter, calling the fakes, behind the real pipeline on a real database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from infra.local.providers.faults import Fault
from infra.local.providers.server import Options, Providers
from owlpost.channels.adapter import ChannelAdapter
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.idempotency import Key
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.services.delivery.attempt import DeliveryWorker
from owlpost.services.delivery.settlement import MessageFate
from owlpost.wiring.deliver import as_promised
from tests.channels.conformance import CHANNELS, ROOMS, Conformance

# The parts of the integration tests: a Postgres for the session, queues, and a stage.
from tests.integration.conftest import (  # noqa: F401 (fixtures)
    aws,
    clock,
    database,
    database_name,
    postgres,
    programs,
    queues,
    shared_database,
    stage,
    wired,
)
from tests.support.catalogue_check import honest_providers
from tests.support.optional_channels import switched_on
from tests.support.people import Person, add_person
from tests.support.services import dispatching
from tests.support.stage import Stage


@dataclass
class Channel:
    """One channel on its stage. `told` is what its provider has accepted."""

    of: Conformance
    stage: Stage
    providers: Providers

    def __post_init__(self) -> None:
        self.adapter = self._built()

    def restart(self) -> None:
        """Go on in a new sandbox."""
        self.close()
        self.adapter = self._built()

    def close(self) -> None:
        close = getattr(self.adapter, "close", None)
        if close is not None:
            close()

    def _built(self) -> ChannelAdapter[Any]:
        module = import_module(str(NOTIFICATION_CHANNELS[self.of.key].adapter))
        adapter: ChannelAdapter[Any] = module.build(self.of.section(self.providers))
        return adapter

    def reached(self) -> Person:
        """Somebody whom the channel reaches."""
        with self.stage.database.transaction() as connection:
            person = add_person(connection, email=f"{uuid4().hex}@people.example")
            self.of.reach(connection, self.providers, person)
        return person

    def tell(self, *people: Person) -> list[UUID]:
        """Tell these people. Return the ids of their deliveries over the channel."""
        told = {"user_ids": [str(each.id) for each in people]}
        recipients = [{"team_id": str(each.id)} for each in people] if self.of.of_room else [told]
        return [id_ for each in recipients for id_ in self._tell(each)]

    def _tell(self, recipients: object) -> list[UUID]:
        body = {
            "type": "feedback.new",
            "recipients": recipients,
            "title": "New feedback in Pocket Atlas",
            "body": "Ada: love it",
        }
        dispatch = dispatching(self.stage.database, self.stage.queues, self.stage.clock)
        answer = dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
        return self.stage._pending(answer.request_id, self.of.key)

    def worker(self) -> DeliveryWorker:
        known = NOTIFICATION_CHANNELS[self.of.key]
        return replace(
            self.stage.worker(),
            adapter=self.adapter,
            channel=as_promised(known, self.adapter),
            release=self.stage.release(self.of.key),
        )

    def deliver(self, *ids: UUID, seconds: float = 30.0) -> dict[UUID, MessageFate]:
        return self.worker().deliver(ids, deadline=self.stage.clock() + timedelta(seconds=seconds))

    def suffers(self, fault: str, **more: object) -> None:
        """Have the provider misbehave as the channel's table says."""
        self.providers.faults.add(Fault.model_validate({"provider": self.of.provider, **self.of.faults[fault], **more}))

    def mended(self) -> None:
        self.providers.faults.clear()

    def later(self) -> None:
        """Move on to when whatever was postponed is due."""
        self.stage.clock.advance(hours=1)

    def row(self, id_: UUID) -> dict[str, Any]:
        return self.stage.row(id_)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [each for each in self.providers.ledger.accepted() if each["channel"] == self.of.key]


@pytest.fixture(autouse=True)
def every_channel() -> Iterator[None]:
    with switched_on(*OPTIONAL_CHANNELS):
        yield


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with honest_providers(tmp_path, Options(resend_rate=None)) as running:
        yield running


@pytest.fixture(params=(*CHANNELS, *ROOMS), ids=lambda each: each.key)
def channel(
    request: pytest.FixtureRequest,
    every_channel: None,
    stage: Stage,  # noqa: F811 (the fixture)
    providers: Providers,
) -> Iterator[Channel]:
    of: Conformance = request.param
    stage.clock.move_to(datetime.now(UTC))
    on_stage = Channel(of, stage, providers)
    yield on_stage
    on_stage.close()
