"""What every channel keeps, whatever its provider does. A channel gets these tests by naming itself in `conformance`."""

import json

import pytest

from functions import operate
from infra.local.preview.specimens import _other_adapters, specimens
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.commands import RedriveDeliveries
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.services.delivery.settlement import Done, GiveUpMessage, Postpone
from tests.channels.conformance import CHANNELS, FAULTS, ROOMS, Conformance
from tests.channels.conftest import Channel
from tests.support.known_people import rows_with
from tests.support.services import redriving
from tests.support.wired import Context, Wired


def suffering(fault: str) -> pytest.MarkDecorator:
    """For the channels whose provider can do this."""
    able = [each for each in (*CHANNELS, *ROOMS) if fault in each.faults]
    return pytest.mark.parametrize("channel", able, indirect=True, ids=lambda each: each.key)


#: For what is asked about one person.
of_people = pytest.mark.parametrize("channel", CHANNELS, indirect=True, ids=lambda each: each.key)


@pytest.fixture
def operating(channel: Channel, wired: Wired) -> None:
    wired.as_function("operate", CHANNELS=",".join(OPTIONAL_CHANNELS), WEB_URL="https://owlpost.example")


def ask(command: str, **arguments: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))
    return answer


@pytest.mark.parametrize("of", [*CHANNELS, *ROOMS], ids=lambda each: each.key)
def test_each_fault_is_played_or_it_is_said_why_the_provider_has_none(of: Conformance) -> None:
    assert of.faults.keys() | of.lacks.keys() == set(FAULTS)
    assert not of.faults.keys() & of.lacks.keys()
    assert all(of.lacks.values())


def test_every_channel_that_reaches_people_by_themselves_has_named_itself() -> None:
    """One that posts to an address of the installation has no provider here that could play the faults."""
    known = {**NOTIFICATION_CHANNELS, **OPTIONAL_CHANNELS}
    personal = {key for key, each in known.items() if each.queued and each.reach != "installation"}
    named = {each.key for each in (*CHANNELS, *ROOMS)}
    assert personal <= named <= known.keys()


def test_everybody_is_told_once(channel: Channel) -> None:
    ids = channel.tell(*(channel.reached() for _ in range(7)))
    for _ in range(2):
        assert set(channel.deliver(*ids).values()) == {Done()}
    assert [channel.row(id_)["status"] for id_ in ids] == ["sent"] * 7
    assert len(channel.told) == 7


@suffering("passes")
def test_what_passes_is_tried_again_and_told_once(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.suffers("passes", times=1)
    assert isinstance(channel.deliver(id_)[id_], Postpone)
    assert (channel.row(id_)["status"], channel.row(id_)["attempts"]) == ("pending", 1)
    channel.later()
    assert channel.deliver(id_)[id_] == Done()
    assert channel.row(id_)["status"] == "sent"
    assert len(channel.told) == 1


@suffering("slow_down")
def test_a_retry_after_is_obeyed_and_costs_no_attempt(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.suffers("slow_down", times=1)
    channel.deliver(id_)
    row = channel.row(id_)
    assert (row["status"], row["attempts"]) == ("pending", 0)
    waits = (row["next_attempt_at"] - channel.stage.clock()).total_seconds()
    assert waits >= channel.of.faults["slow_down"]["retry_after"]
    channel.later()
    channel.restart()  # a sender may keep its own pace in real time, as that of mail does
    channel.deliver(id_)
    assert len(channel.told) == 1


@suffering("permanent")
def test_what_is_refused_ends_at_once_and_is_not_tried_again(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.suffers("permanent")
    assert channel.deliver(id_)[id_] == Done()
    assert (channel.row(id_)["status"], channel.row(id_)["error"]) == channel.of.ends["permanent"]
    channel.mended()
    channel.later()
    channel.deliver(id_)
    assert channel.told == []


@suffering("permanent")
def test_one_that_is_refused_keeps_nothing_from_the_others(channel: Channel) -> None:
    people = [channel.reached() for _ in range(3)]
    ids = channel.tell(*people)
    channel.suffers("permanent", times=1)
    channel.deliver(*ids)
    channel.later()
    channel.deliver(*ids)
    assert sorted(channel.row(id_)["status"] for id_ in ids) == ["failed", "sent", "sent"]


@suffering("dead")
def test_a_dead_place_is_told_nothing_more(channel: Channel) -> None:
    person = channel.reached()
    [id_] = channel.tell(person)
    channel.suffers("dead", times=1)
    channel.deliver(id_)
    assert (channel.row(id_)["status"], channel.row(id_)["error"]) == channel.of.ends["dead"]
    channel.later()
    for again in channel.tell(person):  # a channel of destinations has no delivery for them any more
        channel.deliver(again)
    assert channel.told == []


@suffering("operator")
def test_a_fault_of_the_operator_deletes_nothing_and_waits_without_attempt_or_age(channel: Channel) -> None:
    person = channel.reached()
    [id_] = channel.tell(person)
    channel.suffers("operator")
    for _ in range(3):
        channel.deliver(id_)
        channel.stage.clock.advance(minutes=2)
    assert (channel.row(id_)["status"], channel.row(id_)["attempts"]) == ("pending", 0)
    channel.mended()
    channel.later()
    channel.deliver(id_)
    assert channel.row(id_)["status"] == "sent"


@suffering("lost_answer")
def test_after_a_lost_answer_nobody_is_told_twice(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.suffers("lost_answer", times=1)
    channel.deliver(id_)
    channel.later()
    channel.deliver(id_)
    row = channel.row(id_)
    assert (row["status"], row["error"]) == channel.of.ends.get("lost_answer", ("sent", None))
    assert len({(each["recipient"], each["collapse_id"] or each["delivery_id"]) for each in channel.told}) == 1
    assert len(channel.told) == 1 or not channel.of.recognised  # what replaces the first on the screen


@suffering("garbled")
def test_an_answer_that_makes_no_sense_ends_nothing(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.suffers("garbled", times=1)
    channel.deliver(id_)
    assert channel.row(id_)["status"] == "pending"
    channel.later()
    channel.deliver(id_)
    assert channel.row(id_)["status"] == "sent"
    assert len(channel.told) == 1


def test_without_time_nothing_is_sent_and_nothing_is_lost(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.deliver(id_, seconds=0.0)
    assert channel.row(id_)["status"] == "pending"
    assert channel.told == []
    channel.later()
    channel.deliver(id_)
    assert len(channel.told) == 1


@suffering("passes")
def test_what_was_given_up_leaves_a_dead_letter_and_is_driven_again(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.suffers("passes")
    while isinstance(fate := channel.deliver(id_)[id_], Postpone):
        channel.later()
    assert isinstance(fate, GiveUpMessage)
    assert channel.row(id_)["status"] == "failed"
    channel.mended()
    stage = channel.stage
    redriving(stage.database, stage.queues, stage.clock).run(RedriveDeliveries(command="redrive", include_unknown=True))
    channel.later()
    channel.deliver(id_)
    assert channel.row(id_)["status"] == "sent"
    assert len(channel.told) == 1


@pytest.mark.usefixtures("operating")
@of_people
def test_an_operator_is_told_before_and_after(channel: Channel) -> None:
    person = channel.reached()
    channels = ask("explain_person", user=str(person.id), type="feedback.new")["channels"]
    assert isinstance(channels, list)
    assert channel.of.key in {each["channel"] for each in channels}
    [id_] = channel.tell(person)
    channel.suffers("passes", times=1)
    channel.deliver(id_)
    answer = ask("explain_delivery", delivery_id=str(id_))
    told = "\n".join(answer["sentences"])  # type: ignore[arg-type]
    assert f"over {channel.of.key}" in told
    assert "attempt 1, pending" in told


@pytest.mark.usefixtures("operating")
def test_what_was_sent_can_be_looked_at_as_it_was(channel: Channel) -> None:
    [id_] = channel.tell(channel.reached())
    channel.deliver(id_)
    content = ask("explain_delivery", delivery_id=str(id_), content=True)["content"]
    assert isinstance(content, dict)
    assert content["as_sent"] is True
    assert "New feedback in Pocket Atlas" in json.dumps(content["parts"])


@pytest.mark.parametrize("of", [*CHANNELS, *ROOMS], ids=lambda each: each.key)
def test_the_preview_shows_it(of: Conformance) -> None:
    first = next(specimens())
    own = {"email": first.mail, "mobile_push": first.push}
    label = {**NOTIFICATION_CHANNELS, **OPTIONAL_CHANNELS}[of.key].label
    assert own.get(of.key) or first.others[label]
    assert own.get(of.key) or label in _other_adapters()


@of_people
@pytest.mark.usefixtures("operating")
def test_who_was_erased_is_told_nothing_and_is_nowhere(channel: Channel) -> None:
    person = channel.reached()
    [id_] = channel.tell(person)
    ask("erase_person", user=str(person.id), operator="ada")
    channel.deliver(id_)
    assert channel.told == []
    with channel.stage.database.transaction() as connection:
        assert set(rows_with(connection, person.id, person.email)) <= {"security_events"}
