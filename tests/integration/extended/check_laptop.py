"""Run on a copy of the source with a new channel: a notification goes all the way through the laptop."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.local.laptop.given import Given
from infra.local.laptop.laptop import Laptop
from infra.local.preview.page import page
from infra.topology.model import Topology
from infra.topology.plan import topology
from owlpost.db.session import Database
from tests.integration.extended.listener import Listening
from tests.support.people import Person, add_person

TYPE = "questionnaire.response_new"
CHOSEN = {"notifications": {"types": {TYPE: {"relay": True}}}}
PATIENCE_SECONDS = 60.0


def plan() -> Topology:
    """The topology with sandboxes that see the copy, too."""
    seen = {"PYTHONPATH": os.environ["PYTHONPATH"]}
    plan = topology()
    return plan.with_functions(
        *(replace(function, environment={**function.environment, **seen}) for function in plan.functions)
    )


def statuses(database: Database) -> dict[str, str]:
    with database.transaction() as connection:
        rows = connection.exec_driver_sql(
            "select channel, coalesce(error, status) as ended from notification_deliveries"
        )
        return {row.channel: row.ended for row in rows}


def eventually(database: Database, expected: dict[str, str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while statuses(database) != expected:
        assert time.monotonic() < deadline, statuses(database)
        time.sleep(0.05)


def forecast(laptop: Laptop, person: Person) -> dict[str, Any]:
    command = {"command": "explain_person", "user": str(person.id), "type": TYPE}
    told: list[dict[str, Any]] = laptop.engine.invoke("owlpost-operate", command)["channels"]
    return next(each for each in told if each["channel"] == "relay")


def tell(laptop: Laptop, person: Person) -> None:
    request: dict[str, Any] = {"type": TYPE, "recipients": {"user_ids": [str(person.id)]}, "title": "New response"}
    assert laptop.engine.invoke("owlpost-enqueue", request)["deliveries"] == {"in_app": 1, "relay": 1}


def person_who_chose(database: Database) -> Person:
    with database.transaction() as connection:
        return add_person(connection, preferences=CHOSEN)


def test_what_the_environment_sets_reaches_the_new_channels_worker(listening: Listening, tmp_path: Path) -> None:
    with Laptop(tmp_path, plan=plan(), given=Given({"RELAY_URL": listening.url})) as laptop:
        database = laptop.database()
        ada = person_who_chose(database)
        assert forecast(laptop, ada) | {"sent": True} == forecast(laptop, ada)
        assert "over Relay" in forecast(laptop, ada)["explanation"]
        tell(laptop, ada)
        eventually(database, {"in_app": "sent", "relay": "sent"})
        database.close()
    ((_key, posted),) = listening.posts
    assert posted["title"] == "New response"


def test_before_it_has_a_key_it_is_skipped_and_explain_says_so(tmp_path: Path) -> None:
    given = Given({"RELAY_URL": "http://127.0.0.1:9/hook"}, frozenset({"relay"}))
    with Laptop(tmp_path, plan=plan(), given=given) as laptop:
        database = laptop.database()
        ada = person_who_chose(database)
        told = forecast(laptop, ada)
        assert (told["sent"], told["rule"]) == (False, "no_relay")
        assert told["explanation"] == "RELAY_URL is not set, so nothing is sent over Relay. Set RELAY_URL."
        tell(laptop, ada)
        eventually(database, {"in_app": "sent", "relay": "no_relay"})
        database.close()


def test_the_preview_shows_what_it_sends_and_what_happens_without_a_key() -> None:
    shown = page()
    assert "<summary>Relay</summary>" in shown
    assert "RELAY_URL is not set, so nothing is sent over Relay" in shown
