"""What SES publishes to SNS, from the event that invokes the function to the rows."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from functions import provider_events
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


@pytest.fixture(autouse=True)
def listening(wired: Wired) -> None:
    wired.as_function("provider_events")  # without secrets of webhooks


def publish(kind: str, delivery_id: UUID, **part: Any) -> None:
    mail = {"messageId": "1", "tags": {"delivery": [str(delivery_id)]}}
    message = json.dumps({"eventType": kind, "mail": mail, **part})
    record = {"EventSource": "aws:sns", "Sns": {"MessageId": "m-1", "TopicArn": "arn:aws:sns:…", "Message": message}}
    assert provider_events.handler({"Records": [record]}, Context()) == {}


def suppressed(stage: Stage) -> dict[str, str]:
    with stage.database.transaction() as connection:
        rows = connection.execute(text("select address, reason from email_suppressions"))
        return {row.address: row.reason for row in rows}


def test_a_bounce_is_recorded_and_suppresses_the_address_once(stage: Stage) -> None:
    (id_,) = stage.tell()
    stage.deliver([id_])
    address = str(stage.row(id_)["address"])
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address}]}
    for _ in range(2):
        publish("Bounce", id_, bounce=bounce)
    assert suppressed(stage) == {address: "bounced"}
    assert "bounced" in stage.row(id_)["attempt_metadata"]["provider_events"]


def test_a_delivery_proves_that_a_mail_of_unknown_outcome_was_sent(stage: Stage) -> None:
    (id_,) = stage.tell()
    stage.change(
        "update notification_deliveries set status = 'failed', error = 'outcome_unknown' where id = :id", id=id_
    )
    publish("Delivery", id_, delivery={"recipients": ["ada@people.example"]})
    assert (stage.row(id_)["status"], stage.row(id_)["error"]) == ("sent", None)


def test_a_message_that_is_no_event_changes_nothing_and_is_not_sent_again(stage: Stage) -> None:
    record = {"EventSource": "aws:sns", "Sns": {"MessageId": "m-1", "Message": "Successfully validated SNS topic"}}
    assert provider_events.handler({"Records": [record]}, Context()) == {}
    assert suppressed(stage) == {}
