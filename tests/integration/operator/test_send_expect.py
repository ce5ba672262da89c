"""`send --expect N`: who joins between the look and the sending is counted, by the transaction that would tell them."""

import base64
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import enqueue, operate
from infra.cli.main import main
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.idempotency import Key
from owlpost.services.enqueue.submission import Submission
from tests.support.people import add_person, add_team
from tests.support.published_lambda import published
from tests.support.services import dispatching
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

TABLES = ("notification_requests", "notifications", "notification_deliveries", "notification_request_chunks")


class Invoke(BaseHTTPRequestHandler):
    """Lambda's Invoke API before the functions themselves, and a hook between two calls."""

    wired: Wired
    after_look: Callable[[], None]

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = "operate" if "command" in event else "enqueue"
        self.wired.as_function(name)
        context = json.loads(base64.b64decode(self.headers.get("X-Amz-Client-Context", "e30=")))
        status = {}
        try:
            if name == "operate":
                answer: object = operate.handler(event, Context())
                type(self).after_look()
            else:
                answer = enqueue.handler(event, Context(custom=context.get("custom")))
        except InvalidRequest as error:
            answer, status = (
                {"errorType": "InvalidRequest", "errorMessage": str(error)},
                {"X-Amz-Function-Error": "Unhandled"},
            )
        body = json.dumps(answer).encode()
        self.send_response(200)
        for header, value in {"Content-Length": str(len(body)), **status}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def instance(tmp_path: Path, wired: Wired, stage: Stage) -> Iterator[Path]:
    stage.clock.move_to(utc_now())
    Invoke.wired = wired
    Invoke.after_look = lambda: None
    with published(tmp_path, Invoke) as folder:
        yield folder


def send(instance: Path, team: UUID, expected: int) -> int:
    flags = ["--type", "feedback.new", "--title", "It works", "--team", str(team), "--data-dir", str(instance)]
    return main(["send", *flags, "--expect", str(expected)])


def join(stage: Stage, team: UUID) -> None:
    with stage.database.transaction() as connection:
        person = add_person(connection)
        connection.execute(
            text("insert into team_members (team_id, user_id, role) values (:team, :user, 'member')"),
            {"team": team, "user": person.id},
        )


def written(stage: Stage) -> dict[str, int]:
    with stage.database.transaction() as connection:
        return {table: connection.execute(text(f"select count(*) from {table}")).scalar_one() for table in TABLES}


def test_who_joins_between_the_look_and_the_sending_keeps_it_from_being_sent(
    stage: Stage, instance: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    team = add_team(stage.database, members=3)
    Invoke.after_look = lambda: join(stage, team)
    assert send(instance, team, 3) == 2
    assert "would reach 4 people, not 3: nothing was sent" in capsys.readouterr().err
    assert set(written(stage).values()) == {0}
    Invoke.after_look = lambda: None
    assert send(instance, team, 4) == 0
    assert written(stage)["notifications"] == 4


def submission(team: UUID, key: str = "one") -> Submission:
    body: dict[str, Any] = {"type": "feedback.new", "recipients": {"team_id": str(team)}, "title": "Hello"}
    return Submission.from_json(body, platform_key=Key("lambda", key))


def test_a_large_team_is_counted_whole_and_not_by_its_first_chunk(stage: Stage) -> None:
    team = add_team(stage.database, members=5)
    dispatch = dispatching(stage.database, stage.queues, stage.clock, chunk_size=2)
    for wrong in (2, 4, 6):
        with pytest.raises(InvalidRequest, match=f"would reach 5 people, not {wrong}"):
            dispatch.accept_expected([submission(team)], wrong)
    assert set(written(stage).values()) == {0}
    (answer,) = dispatch.accept_expected([submission(team)], 5)
    assert answer.continues


def test_requests_of_one_fact_are_counted_together_and_stored_together_or_not_at_all(stage: Stage) -> None:
    teams = [add_team(stage.database, members=members) for members in (2, 3)]
    dispatch = dispatching(stage.database, stage.queues, stage.clock)
    both = [submission(team, str(number)) for number, team in enumerate(teams)]
    with pytest.raises(InvalidRequest, match="would reach 5 people, not 3"):
        dispatch.accept_expected(both, 3)
    assert set(written(stage).values()) == {0}
    assert [each.notifications for each in dispatch.accept_expected(both, 5)] == [2, 3]
    assert [each.duplicate for each in dispatch.accept_expected(both, 4)] == [True, True]
    assert written(stage)["notifications"] == 5


def test_one_that_tells_nobody_leaves_no_row_beside_one_that_does(stage: Stage) -> None:
    teams = [add_team(stage.database, members=2), uuid4()]
    dispatch = dispatching(stage.database, stage.queues, stage.clock)
    both = [submission(team, str(number)) for number, team in enumerate(teams)]
    assert [each.request_id is None for each in dispatch.accept_expected(both, 2)] == [False, True]
    assert written(stage)["notification_requests"] == 1


@pytest.mark.parametrize("odd", ["many", "-1", "", 3, None, "1" * 20])
def test_a_number_that_makes_no_sense_is_refused_and_nothing_is_sent(stage: Stage, wired: Wired, odd: object) -> None:
    team = add_team(stage.database, members=2)
    wired.as_function("enqueue")
    event = {"type": "feedback.new", "recipients": {"team_id": str(team)}, "title": "Hello"}
    with pytest.raises(InvalidRequest, match="expected_people"):
        enqueue.handler(event, Context(custom={"expected_people": odd}))
    assert set(written(stage).values()) == {0}
