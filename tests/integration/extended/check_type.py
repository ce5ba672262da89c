"""Run on a copy of the source to which `docs/add-a-type.md` was applied."""

from importlib import import_module
from typing import Any
from uuid import uuid4

from functions import deliver, enqueue
from owlpost.db.session import Database
from owlpost.domain.types import NOTIFICATION_TYPES, configurable_types
from owlpost.producers.facts import App
from owlpost.queue import Queues
from tests.support.people import add_team
from tests.support.queue_reading import take
from tests.support.wired import Context, Wired, sqs_event


def announced(**app: Any) -> Any:
    """What the new producer makes of a release; the module is there only in the copy."""
    release = import_module("owlpost.producers.release")
    pocket_atlas = App(id=uuid4(), name="Pocket Atlas", project_id=uuid4(), **app)
    return release.announce(release.AppReleased(app=pocket_atlas, version="2.4"))


def test_the_type_is_listed_and_can_be_chosen() -> None:
    assert NOTIFICATION_TYPES[-1] == "app.released"
    kind = configurable_types()[-1]
    assert {channel for channel, on in kind.defaults().items() if on} == {"in_app", "email"}


def test_nobody_is_told_of_an_app_of_no_team() -> None:
    assert not announced(team_id=None)


def test_its_producers_request_is_enqueued_and_mailed(wired: Wired, database: Database, queues: Queues) -> None:
    request = announced(team_id=add_team(database, members=3))
    answer = enqueue.handler(request.model_dump(mode="json", exclude_none=True), Context())
    assert answer["deliveries"] == {"in_app": 3, "email": 3}
    wired.as_function("deliver-email")
    assert deliver.handler(sqs_event("email", take(queues, "email")), Context()) == {"batchItemFailures": []}
    with database.transaction() as connection:
        query = "select distinct title, status from notifications n join notification_deliveries d on d.notification_id = n.id"
        assert [tuple(row) for row in connection.exec_driver_sql(query)] == [("Pocket Atlas has a new version", "sent")]
