"""What the function `operate` says of its database: version, schema, clock, role, rights and time zones."""

import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any

import pytest
from sqlalchemy import text

from functions import operate
from infra.local.postgres.server import Postgres
from owlpost.db.grants import GRANTS
from owlpost.db.migrate import migrate
from owlpost.db.session import Database, DatabaseAddress
from owlpost.domain.clock import utc_now
from owlpost.domain.findings import Finding
from owlpost.domain.moments import package_zones
from owlpost.services.operator.checkup import Checkup, expected_grants
from tests.support.people import add_person
from tests.support.wired import Context, Wired, role_of


def asked(wired: Wired) -> dict[str, dict[str, Any]]:
    """What the operator gets to read."""
    wired.as_function("operate")
    found = json.loads(json.dumps(operate.handler({"command": "check_installation"}, Context())))
    return {each["subject"]: each for each in found}


def looked_at(database: Database, **changes: Any) -> dict[str, Finding]:
    return {each.subject: each for each in Checkup(database, utc_now, **changes).findings()}


def wrong(found: dict[str, dict[str, Any]]) -> set[str]:
    assert all(each["remedy"] for each in found.values() if each["level"] != "good")
    return {subject for subject, each in found.items() if each["level"] == "wrong"}


def test_a_database_that_is_as_the_code_expects_has_nothing_wrong(wired: Wired, database: Database) -> None:
    migrate(database)  # says which schema it is
    found = asked(wired)
    assert {subject for subject, each in found.items() if each["level"] != "good"} <= {"time zones"}
    assert wrong(found) == set()  # which zones the binaries know is theirs to say
    assert set(found) == {"Postgres", "schema in the database", "clocks", "role", "rights", "time zones"}
    assert "made by Owlpost" in found["role"]["said"]


@pytest.mark.own_database
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("grant delete on teams to {api}", "{api} may delete teams"),
        ("grant select on owlpost_migrations to {operate}", "{operate} may select owlpost_migrations"),
        ("revoke insert on notifications from {work}", "{work} may not insert notifications"),
        ("grant select on users to public", "everybody who connects may select users"),
    ],
)
def test_a_right_that_somebody_gave_or_took_is_named(
    wired: Wired, database: Database, statement: str, said: str
) -> None:
    names = {zone: role_of(zone) for zone in GRANTS}
    with database.transaction() as connection:
        connection.execute(text(statement.format(**names)))
    found = asked(wired)
    assert wrong(found) == {"rights"}
    assert said.format(**names) in found["rights"]["said"]


@pytest.mark.own_database
def test_a_table_of_the_host_that_a_zone_may_read_is_named(wired: Wired, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("create table payments (id int)"))
        connection.execute(text(f"grant select on payments to {role_of('work')}"))
    assert "select payments" in asked(wired)["rights"]["said"]


@pytest.fixture
def altered(postgres: Postgres) -> Callable[[str], None]:
    def alter(statement: str) -> None:
        with postgres.connect("postgres") as connection:
            connection.run(statement)

    return alter


@pytest.mark.parametrize(
    ("give", "take", "said"),
    [
        ("alter role {role} superuser", "alter role {role} nosuperuser", "SUPERUSER"),
        ("alter role {role} createrole", "alter role {role} nocreaterole", "CREATEROLE"),
        ("grant pg_read_all_data to {role}", "revoke pg_read_all_data from {role}", "member of pg_read_all_data"),
    ],
)
def test_a_role_that_is_more_than_a_user_of_tables_is_found(
    wired: Wired, altered: Callable[[str], None], give: str, take: str, said: str
) -> None:
    altered(give.format(role=role_of("operate")))
    try:
        found = asked(wired)
    finally:
        altered(take.format(role=role_of("operate")))
    assert "role" in wrong(found)
    assert said in found["role"]["said"]


def test_a_zone_whose_role_is_missing_is_found(wired: Wired, altered: Callable[[str], None]) -> None:
    altered(f"alter role {role_of('provider_events')} rename to owlpost_test_away")
    try:
        found = asked(wired)
    finally:
        altered(f"alter role owlpost_test_away rename to {role_of('provider_events')}")
    assert wrong(found) == {"roles"}
    assert role_of("provider_events") in found["roles"]["said"]


def test_the_owner_is_at_home_on_a_laptop_and_nowhere_else(database: Database) -> None:
    assert looked_at(database, on_this_machine=True)["role"].level == "good"
    assert looked_at(database)["role"].level == "wrong"


def test_a_role_for_all_zones_may_do_what_each_of_them_may() -> None:
    [(name, rights)] = expected_grants("product").items()
    assert name == "product"
    assert {("users", "delete"), ("webhook_events", "insert"), ("issues", "update")} <= rights


@pytest.mark.own_database
def test_a_guest_that_may_more_than_we_grant_is_told_and_is_no_fault(postgres: Postgres, database_name: str) -> None:
    with postgres.connect("postgres") as connection:
        connection.run("create role a_guest login")
    try:
        with postgres.connect(database_name) as connection:
            connection.run("create table payments (id int)")
            for table, rights in {table: rights for zone in GRANTS.values() for table, rights in zone.items()}.items():
                connection.run(f"grant {rights} on {table} to a_guest")
            connection.run("grant select on payments to a_guest")
        address = DatabaseAddress(host=postgres.host, port=postgres.port, name=database_name, user="a_guest")
        with closing(Database.at(address)) as database:
            found = Checkup(database, utc_now).findings()
        more = [each for each in found if "select payments" in each.said]
        assert [each.level for each in more] == ["unknown"]
        assert "made by somebody else" in next(each.said for each in found if each.subject == "role")
    finally:
        with postgres.connect(database_name) as connection:
            connection.run("drop owned by a_guest")
        with postgres.connect("postgres") as connection:
            connection.run("drop role a_guest")


@pytest.mark.own_database
def test_a_schema_that_is_not_the_codes_is_found(wired: Wired, database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(text("update schedule_runs set detail = '0001_first.sql' where name = 'migrate'"))
    found = asked(wired)
    assert wrong(found) == {"schema in the database"}
    assert "0001_first.sql" in found["schema in the database"]["said"]


def test_a_clock_that_is_off_is_found(database: Database) -> None:
    found = Checkup(database, lambda: utc_now() + timedelta(seconds=40), on_this_machine=True).findings()
    [clock] = [each for each in found if each.subject == "clocks"]
    assert clock.level == "wrong"
    said = re.search(r"is (\d+) s ahead", clock.said)
    assert said, clock.said
    assert int(said[1]) == pytest.approx(40, abs=10)  # and what the question took on a busy machine


def quiet_in(database: Database, zone: str) -> None:
    quiet = {"notifications": {"quiet_hours": {"start": "22:00", "end": "07:00", "time_zone": zone}}}
    with database.transaction() as connection:
        person = add_person(connection)
        connection.execute(
            text("update users set preferences = cast(:quiet as jsonb) where id = :id"),
            {"quiet": json.dumps(quiet), "id": person.id},
        )


def of_another_year() -> dict[str, tzinfo]:
    """Morocco is at +00 in Ramadan; data of another year puts that elsewhere."""
    return {"Europe/Berlin": package_zones()["Europe/Berlin"], "Africa/Casablanca": timezone(timedelta(hours=1))}


def unknown_to_it() -> dict[str, tzinfo]:
    return {"Europe/Berlin": package_zones()["Europe/Berlin"], "Europe/Atlantis": UTC}


def the_same() -> dict[str, tzinfo]:
    return {name: package_zones()[name] for name in ("Europe/Berlin", "Asia/Kolkata", "America/New_York", "UTC")}


@pytest.mark.parametrize(
    ("zones", "name"), [(of_another_year, "Africa/Casablanca"), (unknown_to_it, "Europe/Atlantis")]
)
def test_a_zone_with_another_time_in_the_database_is_a_fault_where_people_have_quiet_hours(
    database: Database, zones: Callable[[], dict[str, tzinfo]], name: str
) -> None:
    quiet_in(database, "Europe/Berlin")
    found = looked_at(database, zones=zones)["time zones"]
    assert found.level == "note"
    assert name in found.said
    quiet_in(database, name)
    found = looked_at(database, zones=zones)["time zones"]
    assert found.level == "wrong"
    assert name in found.said
    assert "tzdata" in found.remedy


def test_zones_that_are_the_same_are_good(database: Database) -> None:
    assert looked_at(database, zones=the_same)["time zones"].level == "good"
