"""A push whose connection was lost before its answer, and that was sent again: what is said of it stays honest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.providers.server import Providers
from owlpost.domain.outcomes import Retry
from tests.support.push_stage import android, deliver, delivery, faults_of, iphone, opened, section


@pytest.fixture
def providers(tmp_path: Path) -> Iterator[Providers]:
    with Providers(tmp_path) as running:
        yield running


@pytest.mark.parametrize("provider", ["apns", "fcm"])
@pytest.mark.parametrize("then", ["error_503", "rate_limit"])
def test_a_push_refused_the_second_time_may_have_been_taken_the_first(
    providers: Providers, provider: str, then: str
) -> None:
    phone = iphone if provider == "apns" else android
    misbehave = faults_of(providers)
    with opened(section(providers)) as channel:
        deliver(channel, delivery(phone()))
        misbehave(provider, "reset_after", times=1)  # on a connection that served an earlier batch
        misbehave(provider, then, times=1)
        (outcome,) = deliver(channel, delivery(phone()))
    assert isinstance(outcome, Retry)
    assert outcome.fault.ambiguous
    assert providers.ledger.counts()["mobile_push"] == 2
