"""Run on a copy of the source with a new channel: a notification goes all the way through the local engine."""

import os
import time
from pathlib import Path
from typing import Any

from infra.local.postgres.server import Postgres
from infra.local.runtime.engine import Engine
from infra.topology.plan import topology
from owlpost.db.session import Database
from tests.integration.extended.listener import Listening
from tests.support.people import add_person

CHOSEN = {"notifications": {"types": {"questionnaire.response_new": {"webhook": True}}}}
PATIENCE_SECONDS = 30.0


def statuses(database: Database) -> dict[str, str]:
    with database.transaction() as connection:
        return {
            row.channel: row.status
            for row in connection.exec_driver_sql("select channel, status from notification_deliveries")
        }


def eventually(database: Database, expected: dict[str, str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while statuses(database) != expected:
        assert time.monotonic() < deadline, statuses(database)
        time.sleep(0.05)


def test_a_notification_reaches_the_new_channel_through_its_own_queue_and_worker(
    postgres: Postgres, database: Database, database_name: str, listening: Listening, tmp_path: Path
) -> None:
    with database.transaction() as connection:
        person = add_person(connection, preferences=CHOSEN)
    request: dict[str, Any] = {
        "type": "questionnaire.response_new",
        "recipients": {"user_ids": [str(person.id)]},
        "title": "New response",
    }
    shared = {
        "DATABASE_HOST": postgres.host,
        "DATABASE_PORT": str(postgres.port),
        "DATABASE_NAME": database_name,
        "DATABASE_USER": postgres.user,
        "PYTHONPATH": os.environ["PYTHONPATH"],  # so that the sandboxes, too, see the copy
    }
    with Engine(topology(), data_dir=tmp_path, database=shared, environment={"WEBHOOK_URL": listening.url}) as engine:
        assert engine.invoke("owlpost-migrate", {}) == {"applied": []}
        assert engine.invoke("owlpost-enqueue", request)["deliveries"] == {"in_app": 1, "webhook": 1}
        eventually(database, {"in_app": "sent", "webhook": "sent"})
    ((_key, posted),) = listening.posts
    assert posted["title"] == "New response"
