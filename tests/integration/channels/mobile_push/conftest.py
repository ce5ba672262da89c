"""The mobile_push channel against the laptop's APNs and FCM, which may be told to misbehave."""

from collections.abc import Iterator

import pytest

from infra.local.providers.server import Providers
from owlpost.channels.mobile_push.channel import MobilePush
from tests.support.catalogue_check import honest_providers
from tests.support.push_stage import Misbehave, faults_of, opened, section


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with honest_providers(tmp_path_factory.mktemp("providers")) as running:
        yield running


@pytest.fixture
def misbehave(providers: Providers) -> Iterator[Misbehave]:
    yield faults_of(providers)
    providers.faults.clear()


@pytest.fixture
def channel(providers: Providers) -> Iterator[MobilePush]:
    with opened(section(providers)) as adapter:
        yield adapter
