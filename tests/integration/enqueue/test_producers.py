"""From what happened to who is told: the producers' requests as a real database takes them."""

from uuid import UUID

import pytest
from sqlalchemy import text

from owlpost.db.session import Database
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import EnqueueRequest, EnqueueResult
from owlpost.producers import feedback, issue_scan, job_run, questionnaire, ratings_sync, reviews_sync
from owlpost.producers.silence import Silence
from owlpost.queue import Queues
from owlpost.services.enqueue.dispatch import Dispatch
from tests.support import facts
from tests.support.clock import FakeClock
from tests.support.people import add_person, add_team
from tests.support.services import dispatching

NPS = {"type": "nps", "question": "Would you recommend us?", "answer": 9}


@pytest.fixture
def dispatch(database: Database, queues: Queues, clock: FakeClock) -> Dispatch:
    return dispatching(database=database, queues=queues, now=clock)


def enqueue(dispatch: Dispatch, request: EnqueueRequest | Silence) -> EnqueueResult:
    assert request
    return dispatch.enqueue(request.model_dump(mode="json", exclude_none=True), platform_key=Key("lambda", "run"))


def about_an_app(team_id: UUID) -> list[EnqueueRequest | Silence]:
    app = facts.APP.model_copy(update={"team_id": team_id})
    return [
        feedback.announce(facts.feedback(app=app)),
        questionnaire.announce(facts.response(NPS, app=app)),
        ratings_sync.announce(facts.ratings({"us": 1}, {"us": 3}, app=app)),
        reviews_sync.announce(facts.reviews(facts.review(1), app=app)),
    ]


def test_a_team_is_told_once_of_each_thing_however_often_the_job_runs(dispatch: Dispatch, database: Database) -> None:
    team_id = add_team(database, members=2)
    scan = facts.scan(facts.issue(1, team_id=team_id))
    requests = [*about_an_app(team_id), *issue_scan.announce(scan)]
    first = [enqueue(dispatch, request) for request in requests]
    again = [enqueue(dispatch, request) for request in requests]
    assert [answer.notifications for answer in first] == [2] * 5
    assert all(answer.duplicate for answer in again)
    with database.transaction() as connection:
        kinds = connection.execute(text("select type from notifications group by type having count(*) = 2")).scalars()
        assert set(kinds) == {
            "feedback.new",
            "questionnaire.response_new",
            "app.rating_changed",
            "app.review_new",
            "issue.new",
        }


def test_only_who_started_a_job_is_told_and_the_row_names_the_team(dispatch: Dispatch, database: Database) -> None:
    team_id = add_team(database, members=3)
    with database.transaction() as connection:
        person = add_person(connection)
    job = facts.job(started_by=None, api_key_made_by=person.id, team_id=team_id, status="cancelled")
    assert enqueue(dispatch, job_run.announce(job)).notifications == 1
    with database.transaction() as connection:
        row = connection.execute(text("select user_id, team_id, title from notifications")).one()
    assert tuple(row) == (person.id, team_id, "🚫 Symbol upload cancelled")


def test_a_team_without_members_is_told_nothing(dispatch: Dispatch, database: Database) -> None:
    team_id = add_team(database, members=0)
    assert [enqueue(dispatch, request).request_id for request in about_an_app(team_id)] == [None] * 4
