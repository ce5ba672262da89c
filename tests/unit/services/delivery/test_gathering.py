"""What an attempt has learnt about a phone or a destination is reported once for all that went out as one."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from owlpost.channels.adapter import BatchReport
from owlpost.db.delivery.claim import Claimed
from owlpost.domain.destinations import DestinationReport
from owlpost.domain.outcomes import DeadDevice, Sent
from owlpost.services.delivery.gathering import for_members, units
from tests.support.mails import delivery

NOW = datetime(2026, 11, 29, tzinfo=UTC)


def claimed() -> Claimed:
    return Claimed(delivery("ada@people.example"), 1, NOW, None, None, None, None)


def test_a_dead_phone_and_a_destination_are_reported_by_one_of_them() -> None:
    identity = uuid4()
    [unit] = units([replace(claimed(), gathered_in=identity) for _ in range(2)])
    learnt = Sent(
        dead_devices=(DeadDevice(uuid4(), NOW),), destinations=(DestinationReport(uuid4(), NOW, error="http_500"),)
    )
    report = for_members(BatchReport({unit.leader.delivery.id: learnt}), [unit])
    outcomes = list(report.outcomes.values())
    assert len(outcomes) == 2
    assert sum(len(each.dead_devices) for each in outcomes) == 1
    assert sum(len(each.destinations) for each in outcomes) == 1
