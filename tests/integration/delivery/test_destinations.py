"""Deliveries to destinations: who has one, which are loaded, and what an attempt changes about them."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from owlpost.db.delivery.settle import BatchResult, settle
from owlpost.db.people import destinations
from owlpost.db.people.destination_tests import add_test
from owlpost.db.people.destinations import Changes
from owlpost.domain.destinations import DestinationReport, NewAddress
from owlpost.domain.types import configurable_types
from owlpost.services.delivery.settlement import Done
from owlpost.words import english
from tests.integration.delivery.test_statement_counts import statements
from tests.support.optional_channels import switched_on
from tests.support.reached import add_destination, destination_row, posting, somebody, tell
from tests.support.receiving import OK, ScriptedReceiver, status
from tests.support.stage import Stage


@pytest.fixture(autouse=True)
def webhook() -> Iterator[None]:
    with switched_on("webhook"):
        yield


@pytest.fixture
def receiver() -> Iterator[ScriptedReceiver]:
    with ScriptedReceiver() as running:
        yield running


@pytest.fixture(autouse=True)
def now(stage: Stage) -> None:
    """Signatures are of this time."""
    stage.clock.advance(days=1)


def test_only_who_has_a_live_destination_has_a_delivery(stage: Stage) -> None:
    reached, nowhere = somebody(stage), somebody(stage)
    add_destination(stage, reached, "https://hooks.example.com/a")
    for state in ("unverified", "off", "dead"):
        add_destination(stage, nowhere, f"https://hooks.example.com/{state}", state=state)
    [delivery] = tell(stage, reached, nowhere)
    assert stage.row(delivery)["status"] == "pending"


@pytest.mark.parametrize("type_", ["feedback.new", "questionnaire.response_new"])
def test_it_is_on_until_the_person_says_otherwise(stage: Stage, type_: str) -> None:
    usual, quiet = somebody(stage), somebody(stage, types={type_: {"webhook": False}})
    for person in (usual, quiet):
        add_destination(stage, person, "https://hooks.example.com/a")
    assert len(tell(stage, usual, quiet, type_=type_)) == 1


def test_it_is_on_by_default_for_every_type() -> None:
    assert {kind.key: kind.defaults()["webhook"] for kind in configurable_types()} == dict.fromkeys(
        (kind.key for kind in configurable_types()), True
    )


def test_a_bounced_mail_silences_no_webhook(stage: Stage, receiver: ScriptedReceiver) -> None:
    person = somebody(stage)
    add_destination(stage, person, receiver.url())
    stage.change("insert into email_suppressions (address, reason) values (:address, 'bounced')", address=person.email)
    [delivery] = tell(stage, person)
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert stage.row(delivery)["status"] == "sent"
    assert len(receiver.posted) == 1


def test_a_delivery_goes_to_each_live_destination_of_its_person_and_to_no_other(
    stage: Stage, receiver: ScriptedReceiver
) -> None:
    ada, bo = somebody(stage), somebody(stage)
    for path in ("/a", "/b"):
        add_destination(stage, ada, receiver.url(path))
    add_destination(stage, ada, receiver.url("/off"), state="off")
    add_destination(stage, bo, receiver.url("/bo"))
    [delivery] = tell(stage, ada)
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert sorted(posted.path for posted in receiver.posted) == ["/a", "/b"]


@pytest.mark.parametrize("people", [1, 30])
def test_a_batch_over_destinations_takes_two_statements(stage: Stage, receiver: ScriptedReceiver, people: int) -> None:
    everybody = [somebody(stage) for _ in range(people)]
    for number, person in enumerate(everybody):
        add_destination(stage, person, receiver.url(f"/{number}"))
    ids, worker = tell(stage, *everybody), posting(stage, receiver.place)
    with statements(stage.database) as seen:
        stage.deliver(ids, by=worker)
    assert len(seen) == 2
    assert len(receiver.posted) == people


def test_a_receiver_that_says_it_is_gone_is_dead_at_once_and_gets_nothing_more(
    stage: Stage, receiver: ScriptedReceiver
) -> None:
    receiver.answer = lambda *_: status(410)
    person = somebody(stage)
    id_ = add_destination(stage, person, receiver.url())
    [delivery] = tell(stage, person)
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert (stage.row(delivery)["status"], stage.row(delivery)["error"]) == ("skipped", "destination_dead")
    found = destination_row(stage, id_)
    assert (found["state"], found["last_error"], found["dead_at"]) == ("dead", "http_410", stage.clock())
    assert tell(stage, person) == []


def test_one_that_was_connected_again_after_the_answer_is_not_dead(stage: Stage, receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda *_: status(410)
    person = somebody(stage)
    id_ = add_destination(stage, person, receiver.url())
    [delivery] = tell(stage, person)
    stage.change("update destinations set registered_at = now() + interval '1 hour'")
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert destination_row(stage, id_)["state"] == "live"


def test_one_that_fails_for_days_without_a_success_is_dead_and_a_success_starts_anew(
    stage: Stage, receiver: ScriptedReceiver
) -> None:
    person = somebody(stage)
    id_ = add_destination(stage, person, receiver.url())
    worker = posting(stage, receiver.place)

    def attempt(answer: bytes) -> str:
        receiver.answer = lambda *_: answer
        stage.deliver(tell(stage, person), by=worker)
        return str(destination_row(stage, id_)["state"])

    assert [attempt(status(500)) for _ in range(12)] == ["live"] * 12
    stage.clock.advance(days=6)
    assert attempt(OK) == "live"
    assert (destination_row(stage, id_)["failures"], destination_row(stage, id_)["failing_since"]) == (0, None)
    assert attempt(status(500)) == "live"
    stage.clock.advance(days=6)
    assert [attempt(status(500)) for _ in range(8)] == ["live"] * 8  # long enough, and not often enough
    assert attempt(status(500)) == "dead"


def test_a_slow_down_counts_against_nobody(stage: Stage, receiver: ScriptedReceiver) -> None:
    receiver.answer = lambda *_: status(429, "retry-after: 60")
    person = somebody(stage)
    id_ = add_destination(stage, person, receiver.url())
    [delivery] = tell(stage, person)
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert destination_row(stage, id_)["failures"] == 0
    row = stage.row(delivery)
    assert (row["status"], row["attempts"]) == ("pending", 0)
    assert row["next_attempt_at"] - stage.clock() >= timedelta(seconds=60)


def test_a_test_reaches_that_one_alone_whatever_its_state_and_the_persons_pause(
    stage: Stage, receiver: ScriptedReceiver
) -> None:
    receiver.answer = lambda posted, _: status(200, body=posted.body)
    person = somebody(stage, paused_until="2099-01-01T00:00:00Z", types={"destination.test": {"webhook": False}})
    new = add_destination(stage, person, receiver.url("/new"), state="unverified")
    add_destination(stage, person, receiver.url("/other"))
    with stage.database.transaction() as connection:
        taken = add_test(connection, person.id, new, request_id=new, words=english())
    assert taken is not None
    fates = stage.deliver([taken[1]], by=posting(stage, receiver.place))
    assert fates == {taken[1]: Done()}
    assert [posted.path for posted in receiver.posted] == ["/new"]
    found = destination_row(stage, new)
    assert (found["state"], found["verified_at"]) == ("live", stage.clock())
    with stage.database.transaction() as connection:
        [shown, _] = sorted(destinations.all_of(connection, person.id), key=lambda each: each.test_status is None)
    assert (shown.test_status, shown.test_error) == ("sent", None)


def test_a_test_of_one_that_was_removed_meanwhile_ends(stage: Stage, receiver: ScriptedReceiver) -> None:
    person = somebody(stage)
    id_ = add_destination(stage, person, receiver.url())
    add_destination(stage, person, receiver.url("/other"))
    with stage.database.transaction() as connection:
        taken = add_test(connection, person.id, id_, request_id=id_, words=english())
        destinations.delete(connection, person.id, id_)
    assert taken is not None
    stage.deliver([taken[1]], by=posting(stage, receiver.place))
    assert (stage.row(taken[1])["status"], stage.row(taken[1])["error"]) == ("skipped", "no_destination")
    assert receiver.posted == []


def test_a_hold_stops_it_as_any_other(stage: Stage, receiver: ScriptedReceiver) -> None:
    person = somebody(stage)
    add_destination(stage, person, receiver.url())
    [delivery] = tell(stage, person)
    stage.change("insert into holds (channel, reason, created_by) values ('webhook', 'stop', 'ada')")
    stage.deliver([delivery], by=posting(stage, receiver.place))
    assert stage.row(delivery)["waits_for"] == "held"
    assert receiver.posted == []


def note(stage: Stage, *reports: DestinationReport) -> None:
    with stage.database.transaction() as connection:
        settle(connection, BatchResult(channel="webhook", lease_id=uuid4(), rows=(), destinations=reports))


def test_one_whose_owner_has_to_act_is_off_until_they_switch_it_on(stage: Stage) -> None:
    person = somebody(stage)
    live = add_destination(stage, person, "https://hooks.example.com/a")
    new = add_destination(stage, person, "https://hooks.example.com/b", state="unverified")
    for id_ in (live, new):
        note(stage, DestinationReport(id_, stage.clock(), "not_in_channel", "off"))
    assert [destination_row(stage, each)["state"] for each in (live, new)] == ["off", "unverified"]
    assert destination_row(stage, live)["last_error"] == "not_in_channel"
    with stage.database.transaction() as connection:
        assert destinations.change(connection, person.id, live, Changes(state="live"))


@pytest.mark.parametrize("state", ["off", "dead"])
def test_what_is_said_of_an_older_connection_changes_nothing(stage: Stage, state: str) -> None:
    id_ = add_destination(stage, somebody(stage), "https://hooks.example.com/a")
    long_ago = stage.clock() - timedelta(days=31)
    note(stage, DestinationReport(id_, long_ago, "code", state, NewAddress("other", "other")))
    found = destination_row(stage, id_)
    assert (found["state"], found["sealed"] != "other") == ("live", True)


def test_a_new_address_is_taken_and_with_it_whoever_had_it_gives_way(stage: Stage) -> None:
    old, new = (add_destination(stage, somebody(stage), "https://hooks.example.com/a") for _ in range(2))
    address = NewAddress("sealed anew", "of the chat", exclusive=True)
    note(stage, DestinationReport(old, stage.clock(), moved=address))
    note(stage, DestinationReport(new, stage.clock(), state="live", moved=address))
    found = destination_row(stage, new)
    assert (found["sealed"], found["fingerprint"], found["exclusive"]) == ("sealed anew", "of the chat", True)
    with stage.database.transaction() as connection:
        assert connection.execute(text("select count(*) from destinations")).scalar_one() == 1


def test_a_new_address_of_one_that_is_not_proven_proves_it(stage: Stage) -> None:
    id_ = add_destination(stage, somebody(stage), "https://hooks.example.com/a", state="unverified")
    note(
        stage, DestinationReport(id_, stage.clock(), state="live", moved=NewAddress("sealed", "print", exclusive=True))
    )
    assert (destination_row(stage, id_)["state"], destination_row(stage, id_)["sealed"]) == ("live", "sealed")
