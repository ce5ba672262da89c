"""Facts through the real handlers: by direct invoke and by SQS, told once, refused by field, alerts to the operator."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import enqueue
from owlpost.client import NotificationClient
from owlpost.db.session import Database
from owlpost.domain.errors import IdempotencyConflict, InvalidRequest
from owlpost.domain.refusals import Unavailable
from owlpost.invocations import Invocations
from owlpost.producers import ratings_sync
from owlpost.producers.silence import Silence
from owlpost.queue import Queues
from owlpost.queue_messages import Message
from owlpost.sandbox import current
from owlpost.wiring.enqueue import invocations
from tests.support import facts
from tests.support.fake_lambda import FakeLambda
from tests.support.people import add_team
from tests.support.queue_reading import dead_letter_reasons, take
from tests.support.wired import Context, sqs_event

pytestmark = pytest.mark.usefixtures("wired")


@pytest.fixture
def team(database: Database) -> str:
    return str(add_team(database, members=2))


def ratings(team: str, *, after: int = 3, **more: Any) -> dict[str, Any]:
    fact = facts.ratings({"us": 1}, {"us": after}).model_dump(mode="json")
    fact["app"]["team_id"] = team
    return {"happened": "ratings_synced", "fact": fact, **more}


def invoke(event: object) -> dict[str, Any]:
    return enqueue.handler(event, Context())


def receive(queues: Queues, *events: object) -> dict[str, Any]:
    """Put these on the requests queue and hand what comes out to the function, as Lambda's event source does."""
    queues.send("requests", [Message(json.dumps(event)) for event in events])
    return enqueue.handler(sqs_event("requests", take(queues, "requests")), Context())


def titles(database: Database) -> list[str]:
    with database.transaction() as connection:
        return list(connection.execute(text("select title from notifications order by title")).scalars())


def test_a_fact_is_put_into_words_and_told(database: Database, team: str) -> None:
    answer = invoke(ratings(team))
    assert json.loads(json.dumps(answer)) == answer
    assert (answer["happened"], answer["alerted"], "silent" in answer) == ("ratings_synced", False, False)
    assert [result["notifications"] for result in answer["requests"]] == [2]
    assert titles(database) == ["2 new ratings on Pocket Atlas"] * 2


def test_nothing_to_tell_is_an_answer(database: Database, team: str) -> None:
    answer = invoke(ratings(team, after=1))
    assert answer == {
        "happened": "ratings_synced",
        "requests": [],
        "silent": "the count did not grow",
        "alerted": False,
    }
    assert titles(database) == []


def test_a_fact_is_told_once_whichever_way_it_comes(database: Database, queues: Queues, team: str) -> None:
    first = invoke(ratings(team))
    assert receive(queues, ratings(team), ratings(team)) == {"batchItemFailures": []}
    again = invoke(ratings(team))
    assert again["requests"][0]["duplicate"]
    assert again["requests"][0]["request_id"] == first["requests"][0]["request_id"]
    assert len(titles(database)) == 2


def test_a_fact_and_the_request_that_python_makes_of_it_are_the_same_request(database: Database, team: str) -> None:
    invoke(ratings(team, producer="nightly"))
    fact = ratings_sync.RatingsSynced.model_validate(ratings(team)["fact"])
    request = ratings_sync.announce(fact)
    assert not isinstance(request, Silence)
    sent: list[dict[str, Any]] = []
    NotificationClient(Recorder(sent), producer="nightly").notify(request)
    assert invoke(sent[0])["duplicate"]


class Recorder:
    """A Transport that keeps what it is given."""

    def __init__(self, sent: list[dict[str, Any]]) -> None:
        self.sent = sent

    def send(self, body: dict[str, Any], *, correlation_id: str) -> None:
        assert correlation_id
        self.sent.append(body)

    cancel = send


def test_other_facts_of_the_same_run_are_refused_and_the_first_stand(database: Database, team: str) -> None:
    invoke(ratings(team))
    with pytest.raises(IdempotencyConflict):
        invoke(ratings(team, after=9))
    assert titles(database) == ["2 new ratings on Pocket Atlas"] * 2


def test_a_conflict_of_one_team_does_not_silence_the_others(database: Database, team: str) -> None:
    other = str(add_team(database, members=1))
    one = facts.scan(facts.issue(1, team_id=team)).model_dump(mode="json")
    invoke({"happened": "issue_scan_finished", "fact": one})
    both = facts.scan(facts.issue(1, team_id=team), facts.issue(2, team_id=team), facts.issue(3, team_id=other))
    with pytest.raises(IdempotencyConflict):
        invoke({"happened": "issue_scan_finished", "fact": both.model_dump(mode="json")})
    assert len(titles(database)) == 3


def test_a_bad_fact_of_a_batch_is_a_dead_letter_that_names_its_field(
    database: Database, queues: Queues, team: str
) -> None:
    bad = ratings(team)
    bad["fact"]["app"]["name"] = 7
    assert receive(queues, bad, ratings(team)) == {"batchItemFailures": []}
    [reason] = dead_letter_reasons(queues, "requests")
    assert reason.startswith("fact.app.name: ")
    assert len(titles(database)) == 2
    with pytest.raises(InvalidRequest, match=r"fact\.app\.name"):
        invoke(bad)


def job(status: str) -> dict[str, Any]:
    fact = {"job_type": "db_pruning", "status": status, "ended_at": "2026-11-28T06:00:00Z", "run_id": str(uuid4())}
    return {"happened": "system_job_ended", "fact": fact}


@pytest.fixture
def lambda_api() -> Iterator[FakeLambda]:
    with FakeLambda() as fake:
        current().provide(invocations, Invocations(fake.client, {"alert": "owlpost-alert"}))
        yield fake


def test_the_end_of_a_system_job_goes_to_the_alert_function_and_tells_nobody(
    database: Database, queues: Queues, lambda_api: FakeLambda
) -> None:
    answer = invoke(failed := job("failed"))
    assert answer == {"happened": "system_job_ended", "requests": [], "alerted": True}
    assert receive(queues, failed) == {"batchItemFailures": []}
    assert lambda_api.started == [("owlpost-alert", "Event", failed["fact"])] * 2
    assert titles(database) == []


def test_a_system_job_that_ended_well_is_silent(lambda_api: FakeLambda) -> None:
    assert invoke(job("completed"))["silent"] == "the job ended well"
    assert lambda_api.started == []


def test_an_alert_that_lambda_does_not_take_comes_back(queues: Queues, lambda_api: FakeLambda) -> None:
    lambda_api.refuses = True
    with pytest.raises(Unavailable):
        invoke(job("failed"))
    assert len(receive(queues, job("failed"))["batchItemFailures"]) == 1
