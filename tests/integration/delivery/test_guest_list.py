"""A staging installation with a copy of the real people reaches its guests, and nobody else."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from owlpost.db.delivery import badges
from owlpost.domain.guest_list import GuestList
from owlpost.services.delivery.settlement import Done
from tests.support.stage import Stage


def owners(stage: Stage, ids: list[UUID]) -> list[dict[str, str]]:
    """The address and the token of each delivery's person, in the order of the deliveries."""
    query = """
        select d.id, u.email, v.token, cast(u.id as text) as person
        from notification_deliveries d
        join notifications n on n.id = d.notification_id
        join users u on u.id = n.user_id
        left join user_devices v on v.user_id = u.id
        where d.id = any(cast(string_to_array(:ids, ',') as uuid[]))
    """
    with stage.database.transaction() as connection:
        found = connection.execute(text(query), {"ids": ",".join(map(str, ids))}).mappings()
        by_id = {row["id"]: dict(row) for row in found}
    return [by_id[each] for each in ids]


def deliver(stage: Stage, ids: list[UUID], guests: str, *, channel: str = "email") -> Mapping[UUID, object]:
    worker = replace(stage.worker(channel), guests=GuestList.parse(guests))
    return stage.deliver(ids, by=worker)


def states(stage: Stage, ids: list[UUID]) -> list[tuple[str, str | None]]:
    return [(stage.row(each)["status"], stage.row(each)["error"]) for each in ids]


SENT, SKIPPED = ("sent", None), ("skipped", "not_on_guest_list")


def test_mail_goes_to_guests_and_is_skipped_for_everybody_else(stage: Stage) -> None:
    ids = stage.tell(3)
    listed = owners(stage, ids)[1]["email"]
    assert set(deliver(stage, ids, f"{listed.upper()}, @elsewhere.example").values()) == {Done()}
    assert states(stage, ids) == [SKIPPED, SENT, SKIPPED]
    assert stage.adapter.told == [ids[1]]


def test_a_listed_domain_admits_everybody_at_it(stage: Stage) -> None:
    ids = stage.tell(2)
    deliver(stage, ids, "@people.example")
    assert states(stage, ids) == [SENT, SENT]


def test_a_push_goes_to_each_device_of_a_guest_and_to_listed_devices_alone(stage: Stage) -> None:
    ids = stage.tell(3, channel="mobile_push", device="a-token-of-twenty-letters-")
    people = owners(stage, ids)
    stage.change(
        "insert into user_devices (user_id, platform, token) values (cast(:person as uuid), 'ios', 'another-one')",
        person=people[1]["person"],
    )
    deliver(stage, ids, f"{people[0]['email']},{people[1]['token']}", channel="mobile_push")
    assert states(stage, ids) == [SENT, SENT, SKIPPED]
    told = {
        each.id: [device.token for device in each.devices]
        for batch in stage.adapter.batches
        for each in batch.deliveries
    }
    assert told == {ids[0]: [people[0]["token"]], ids[1]: [people[1]["token"]]}


def test_a_frozen_batch_that_was_called_goes_out_unchanged_although_the_list_has(stage: Stage) -> None:
    """The provider may have told its members already, and would refuse a smaller batch under the same key."""
    ids = stage.tell(2)

    def die(_delivery: object) -> object:
        raise KeyboardInterrupt

    stage.adapter.script = die  # type: ignore[assignment]  # it never returns
    with pytest.raises(KeyboardInterrupt):
        deliver(stage, ids, "@people.example")
    stage.clock.advance(seconds=36)
    stage.adapter.script = type(stage.adapter)().script
    deliver(stage, ids, "@elsewhere.example")
    first, second = stage.adapter.batches
    assert (first.id, first.deliveries) == (second.id, second.deliveries)


def test_the_icons_of_nobody_else_change(stage: Stage) -> None:
    ids = stage.tell(2, channel="mobile_push", device="a-token-of-twenty-letters-")
    people = owners(stage, ids)
    users = [UUID(each["person"]) for each in people]
    with stage.database.transaction() as connection:
        everybody = badges.load(connection, users)
        guests = badges.load(connection, users, guests=GuestList.parse(people[0]["email"]))
    assert len(everybody) == 2
    assert [device.token for badge in guests for device in badge.devices] == [people[0]["token"]]
