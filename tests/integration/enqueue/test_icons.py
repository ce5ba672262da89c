"""What arrives in an inbox without a push brings the icon of the person's app up to date."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.idempotency import Key
from owlpost.services.badge_requests import BadgeRequests, BadgeUpdate
from owlpost.services.enqueue.delivery_queues import DeliveryQueues
from tests.support.clock import StageClock
from tests.support.people import Person, add_device, add_person
from tests.support.services import dispatching
from tests.support.timed_sqs import TimedSqs

TYPE = "feedback.new"


def choosing(**channels: bool) -> Mapping[str, object]:
    return {"notifications": {"types": {TYPE: channels}}}


@pytest.fixture
def sqs(clock: StageClock) -> TimedSqs:
    return TimedSqs(clock)


def icons_after(database: Database, sqs: TimedSqs, clock: StageClock, *people: Person, **more: object) -> list[UUID]:
    """Tell these people. Return whose icons the push worker is asked to bring up to date."""
    queues = sqs.queues("requests", "wakeup", "email", "mobile_push")
    badges = BadgeRequests(database, lambda: queues, updates=True)
    deliveries = DeliveryQueues(queues, unread_changed=badges.queue)
    dispatch = replace(dispatching(database, queues, clock), deliveries=deliveries)
    body = {"type": TYPE, "recipients": {"user_ids": [str(each.id) for each in people]}, "title": "Hello", **more}
    dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))
    return [id_ for each in sqs.bodies.values() if (id_ := BadgeUpdate.user_in(each))]


def test_an_arrival_without_a_push_asks_for_the_icon_and_no_other_does(
    database: Database, sqs: TimedSqs, clock: StageClock
) -> None:
    with database.transaction() as connection:
        quiet = add_person(connection, device="a1" * 32, preferences=choosing(mobile_push=False))
        pushed = add_person(connection, device="b2" * 32)
        without_phone = add_person(connection, preferences=choosing(mobile_push=False))
        android = add_person(connection, preferences=choosing(mobile_push=False))
        add_device(connection, android, token="fcm", platform="android")
        no_inbox = add_person(connection, device="c3" * 32, preferences=choosing(mobile_push=False, in_app=False))
    assert icons_after(database, sqs, clock, quiet, pushed, without_phone, android, no_inbox) == [quiet.id]


def test_somebody_outside_the_team_is_not_asked_for(database: Database, sqs: TimedSqs, clock: StageClock) -> None:
    team = uuid4()
    with database.transaction() as connection:
        stranger = add_person(connection, device="a1" * 32, preferences=choosing(mobile_push=False))
        connection.execute(text("insert into teams (id, name, slug) values (:id, 'T', 't')"), {"id": team})
    assert icons_after(database, sqs, clock, stranger, team_id=str(team)) == []
