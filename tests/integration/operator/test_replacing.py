"""`owlpost recall --replace`: what is out gets an operator's new words, in its place, once, where it is not read."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from functions import operate
from infra.cli.main import main
from owlpost.channels.per_destination import DEVICES, Attempt, merged
from owlpost.domain.clock import utc_now
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Outcome
from tests.integration.operator.test_cli import in_process
from tests.integration.operator.test_stopping import request_of
from tests.support.queue_reading import take
from tests.support.sleepers import Sleepers
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

WORDS = {"title": "Sorry, that was wrong", "body": "Nothing has happened."}


@pytest.fixture(autouse=True)
def operating(wired: Wired, stage: Stage) -> None:
    stage.clock.move_to(utc_now())
    wired.as_function("operate")


def recall(request: UUID, **more: object) -> Any:
    command = {"command": "recall", "request_ids": [str(request)], "operator": "ada", **more}
    return json.loads(json.dumps(operate.handler(command, Context())))


class Phones:
    """A push service: each device that is due gets the words of the moment."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    def __call__(self, delivery: Delivery) -> Outcome:
        known = DEVICES.records(delivery)
        due = [
            each for each in delivery.devices if known.get(str(each.id), {}).get("outcome", "transient") == "transient"
        ]
        self.shown += [(each.token, delivery.notification.title) for each in due]
        return merged(
            delivery, Attempt({str(each.id): {"outcome": "delivered", "platform": "ios"} for each in due}), DEVICES
        )


@pytest.fixture
def phones(stage: Stage) -> Phones:
    stage.adapter.script = phones = Phones()
    return phones


def push(stage: Stage, ids: list[UUID]) -> None:
    stage.clock.move_to(utc_now())
    stage.deliver(ids, by=stage.worker("mobile_push"))


def titles(stage: Stage) -> set[str]:
    with stage.database.transaction() as connection:
        return set(connection.execute(text("select title from notifications where deleted_at is null")).scalars())


def links(stage: Stage) -> set[str]:
    with stage.database.transaction() as connection:
        return set(connection.execute(text("select link from notifications")).scalars())


def test_a_search_finds_the_new_words_and_no_longer_those_of_before(stage: Stage) -> None:
    """A text that is entered is changed with its row."""
    [out] = stage.tell(channel="mobile_push", device="token")
    stage.change("insert into notification_texts (id, user_id, said) select id, user_id, 'hello' from notifications")
    recall(request_of(stage, out), replace=WORDS)
    with stage.database.transaction() as connection:
        said = connection.execute(text("select said from notification_texts")).scalars().all()
    assert said == ["sorry, that was wrong\nnothing has happened."]


def test_a_push_that_is_out_is_replaced_where_it_was_not_read_and_the_rest_is_stopped(
    stage: Stage, phones: Phones
) -> None:
    out, read, waiting = stage.tell(3, channel="mobile_push", device="token")
    push(stage, [out, read])
    stage.change(
        "update notifications n set read_at = now() from notification_deliveries d"
        " where d.notification_id = n.id and d.id = :id",
        id=read,
    )
    take(stage.queues, "mobile_push")
    before = dict(phones.shown)
    dry = recall(request_of(stage, out), replace=WORDS, dry_run=True)
    assert (dry["replaced"], titles(stage)) == ({"mobile_push": 1}, {"Hello"})
    answer = recall(request_of(stage, out), replace=WORDS)
    assert answer == {
        "requests": 1,
        "stopped": {"email": 3, "mobile_push": 1},
        "already_out": {"mobile_push": 2},
        "already_read": 1,
        "inbox": 3,
        "replaced": {"mobile_push": 1},
        "dry_run": False,
    }
    assert titles(stage) == {WORDS["title"]}
    (message,) = take(stage.queues, "mobile_push")
    assert message.body == str(out), "through its queue, as any other"
    phones.shown.clear()
    push(stage, [out, read, waiting])
    ((token, words),) = phones.shown
    assert words == WORDS["title"]
    assert token in before
    assert stage.row(out)["status"] == "sent"
    assert (stage.row(waiting)["status"], stage.row(waiting)["error"]) == ("skipped", "recalled")


def test_what_went_out_as_one_with_it_goes_once_more_as_one(stage: Stage, phones: Phones) -> None:
    sleepers = Sleepers(stage)
    wrong, *others = sleepers.tell(sleepers.one(), channel="mobile_push", times=3)
    sleepers.wake()
    stage.deliver([wrong], by=stage.worker("mobile_push"))
    take(stage.queues, "mobile_push")
    dry = recall(request_of(stage, wrong), replace=WORDS, dry_run=True)
    assert dry["replaced"] == recall(request_of(stage, wrong), replace=WORDS)["replaced"] == {"mobile_push": 3}
    stage.deliver([wrong], by=stage.worker("mobile_push"))
    first, second = (delivery for batch in stage.adapter.batches for delivery in batch.deliveries)
    assert {each.title for each in first.gathered} == {"News 0", "News 1", "News 2"}
    assert {each.title for each in second.gathered} == {WORDS["title"], "News 1", "News 2"}
    assert first.notification.id == second.notification.id, "the collapse id"
    assert sleepers.statuses([wrong, *others]) == ["sent"] * 3


def test_a_repeat_rings_nobody_twice_and_other_words_replace_once_more(stage: Stage, phones: Phones) -> None:
    (out,) = stage.tell(1, channel="mobile_push", device="token")
    push(stage, [out])
    request = request_of(stage, out)
    assert recall(request, replace=WORDS)["replaced"] == {"mobile_push": 1}
    assert recall(request, replace=WORDS)["replaced"] == {}
    push(stage, [out])
    push(stage, [out])
    assert recall(request, replace=WORDS)["replaced"] == {}
    push(stage, [out])
    assert [words for _, words in phones.shown] == ["Hello", WORDS["title"]]
    recall(request, replace={"title": "Better words"})
    push(stage, [out])
    assert phones.shown[-1][1] == "Better words"
    assert len(phones.shown) == 3


def test_words_without_a_link_leave_the_old_one_and_are_the_same_words_again(stage: Stage, phones: Phones) -> None:
    (out,) = stage.tell(1, channel="mobile_push", device="token")
    push(stage, [out])
    stage.change("update notifications set link = '/feedback/7'")
    words = {"title": "Better words"}
    assert recall(request_of(stage, out), replace=words)["replaced"] == {"mobile_push": 1}
    assert links(stage) == {"/feedback/7"}
    push(stage, [out])
    assert recall(request_of(stage, out), replace=words)["replaced"] == {}
    recall(request_of(stage, out), replace={**words, "link": "/feedback/8"})
    assert links(stage) == {"/feedback/8"}


def test_the_story_of_a_push_tells_that_it_was_replaced(stage: Stage, phones: Phones) -> None:
    (out,) = stage.tell(1, channel="mobile_push", device="token")
    push(stage, [out])
    recall(request_of(stage, out), replace=WORDS)
    push(stage, [out])
    told = [each["status"] for each in stage.row(out)["attempt_metadata"]["history"]]
    assert told == ["sent", "replaced", "sent"]


def test_other_words_while_the_first_are_under_way_go_instead_of_them(stage: Stage, phones: Phones) -> None:
    (out,) = stage.tell(1, channel="mobile_push", device="token")
    push(stage, [out])
    request = request_of(stage, out)
    recall(request, replace=WORDS)
    assert recall(request, replace={"title": "Better words"})["stopped"] == {}
    push(stage, [out])
    assert [words for _, words in phones.shown] == ["Hello", "Better words"]


def test_a_recall_without_words_stops_the_new_words_as_well(stage: Stage, phones: Phones) -> None:
    (out,) = stage.tell(1, channel="mobile_push", device="token")
    push(stage, [out])
    request = request_of(stage, out)
    recall(request, replace=WORDS)
    assert recall(request)["stopped"] == {"mobile_push": 1}
    push(stage, [out])
    assert len(phones.shown) == 1
    assert titles(stage) == set()


def test_a_phone_that_is_new_since_never_showed_the_old_words_and_gets_no_push(stage: Stage, phones: Phones) -> None:
    (out,) = stage.tell(1, channel="mobile_push", device="token")
    push(stage, [out])
    stage.change(
        "insert into user_devices (user_id, platform, token, environment)"
        " select user_id, 'ios', 'new-phone', 'production' from user_devices limit 1"
    )
    recall(request_of(stage, out), replace=WORDS)
    push(stage, [out])
    assert "new-phone" not in dict(phones.shown)
    assert len(phones.shown) == 2


def test_mails_that_are_out_are_left_and_counted(stage: Stage) -> None:
    (mail,) = stage.tell()
    stage.deliver([mail])
    answer = recall(request_of(stage, mail), replace=WORDS)
    assert (answer["already_out"], answer["replaced"]) == ({"email": 1}, {})
    stage.deliver([mail])
    assert len(stage.adapter.told) == 1


def test_the_command_line_reads_the_words_and_refuses_wrong_ones_by_field(
    stage: Stage, phones: Phones, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out,) = stage.tell(1, channel="mobile_push", device="token")
    push(stage, [out])
    file = tmp_path / "words.json"
    command = ["recall", str(request_of(stage, out)), "--replace", str(file)]
    file.write_text('{"title": ""}')
    assert main(command, connect=in_process) == 2
    assert "title" in capsys.readouterr().err
    assert titles(stage) == {"Hello"}
    file.write_text(json.dumps(WORDS))
    assert main(command, connect=in_process) == 0
    assert "Sent once more in its place: 1 mobile_push." in capsys.readouterr().out
    (act,) = json.loads(json.dumps(operate.handler({"command": "journal"}, Context())))
    assert act["arguments"]["replace"] is True
    assert "Sorry" not in json.dumps(act)
    assert len(phones.shown) == 1
