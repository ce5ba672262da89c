"""An operator is told where a person is reached, before and after, without any address; erasing leaves none."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from functions import operate
from owlpost.domain.outcomes import Sent
from tests.support.optional_channels import switched_on
from tests.support.people import Person
from tests.support.reached import add_destination, posting, somebody, tell
from tests.support.receiving import OK, SECRET, ScriptedReceiver, status
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


@pytest.fixture(autouse=True)
def webhook() -> Iterator[None]:
    with switched_on("webhook"):
        yield


@pytest.fixture(autouse=True)
def operating(webhook: None, wired: Wired, stage: Stage) -> None:
    stage.clock.advance(days=1)  # to the worker's own time, by which it knows its deadline
    wired.as_function("operate", CHANNELS="webhook")


def ask(command: str, **arguments: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))
    return answer


def forecast(person: Person) -> tuple[bool, str, str]:
    answer = ask("explain_person", user=str(person.id), type="feedback.new")
    channels = answer["channels"]
    assert isinstance(channels, list)
    [found] = [each for each in channels if each["channel"] == "webhook"]
    return found["sent"], found["rule"], found["explanation"]


def story(delivery: UUID) -> str:
    sentences = ask("explain_delivery", delivery_id=str(delivery))["sentences"]
    assert isinstance(sentences, list)
    return "\n".join(sentences)


def test_before_it_is_told_where_it_goes_and_where_not(stage: Stage) -> None:
    person = somebody(stage)
    add_destination(stage, person, "https://hooks.example.com/T0K3N", label="Build room")
    add_destination(stage, person, "https://old.example.com/T0K3N", label="Old room", state="off")
    sent, rule, why = forecast(person)
    assert (sent, rule) == (True, "default_on")
    assert why.endswith("to Build room; Old room is off")
    assert "T0K3N" not in why


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        ("unverified", "not_verified"),
        ("off", "destination_off"),
        ("dead", "destination_dead"),
        (None, "no_destination"),
    ],
)
def test_before_it_is_told_why_nothing_is_reached(stage: Stage, state: str | None, rule: str) -> None:
    person = somebody(stage)
    if state:
        add_destination(stage, person, "https://hooks.example.com/x", label="Build room", state=state)
    sent, found, why = forecast(person)
    assert (sent, found) == (False, rule)
    assert ("Build room" in why) is (state is not None)


def test_after_it_is_told_what_became_of_it_at_each(stage: Stage) -> None:
    person = somebody(stage)
    with ScriptedReceiver(lambda posted, _: OK if posted.path == "/good" else status(500)) as receiver:
        add_destination(stage, person, receiver.url("/good"), label="Build room")
        add_destination(stage, person, receiver.url("/bad"), label="Old room")
        [delivery] = tell(stage, person)
        stage.deliver([delivery], by=posting(stage, receiver.place))
        told = story(delivery)
        assert "Build room took it." in told
        assert "Old room has not taken it yet: the provider answered 500 Internal Server Error (http_500)." in told
        assert receiver.place not in told


def test_the_person_is_shown_with_their_destinations_and_no_address(stage: Stage) -> None:
    person = somebody(stage)
    add_destination(stage, person, "https://hooks.example.com/T0K3N", label="Build room")
    shown = ask("person", user=str(person.id))
    destinations = shown["destinations"]
    assert isinstance(destinations, list)
    assert [(each["label"], each["state"]) for each in destinations] == [("Build room", "live")]
    assert "T0K3N" not in json.dumps(shown)


def test_an_export_has_the_labels_and_neither_address_nor_secret(stage: Stage) -> None:
    person = somebody(stage)
    add_destination(stage, person, "https://hooks.example.com/T0K3N", label="Build room")
    exported = json.dumps(ask("export_person", user=str(person.id), operator="ada"))
    assert "Build room" in exported
    for word in ("T0K3N", "hooks.example.com", SECRET):
        assert word not in exported


def test_erasing_ends_what_was_on_its_way_and_leaves_no_destination(stage: Stage) -> None:
    person = somebody(stage)
    with ScriptedReceiver() as receiver:
        add_destination(stage, person, receiver.url())
        [delivery] = tell(stage, person)
        certificate = ask("erase_person", user=str(person.id), operator="ada")
        tables = certificate["tables"]
        assert isinstance(tables, list)
        assert [(each["before"], each["after"]) for each in tables if each["table"] == "destinations"] == [(1, 0)]
        stage.adapter.script = lambda _delivery: Sent()
        stage.deliver([delivery], by=posting(stage, receiver.place))
        assert receiver.posted == []
