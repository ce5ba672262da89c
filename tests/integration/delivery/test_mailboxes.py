"""A mailbox has one spelling in our tables, however the host, the provider and the operator write it."""

import pytest

from owlpost.db.operator import redrive
from owlpost.domain.commands import RedriveDeliveries
from tests.integration.delivery.test_provider_events import SECRETS, Webhook, hard_bounce, operator, suppressed
from tests.support.stage import Stage
from tests.support.wired import Wired

ASCII, UNICODE = "ada@xn--bcher-kva.example", "ada@b\u00fccher.example"
SPELLINGS = [ASCII, UNICODE, "Ada@XN--BCHER-KVA.Example", "ADA@B\u00dcCHER.example"]


@pytest.fixture(autouse=True)
def listening(wired: Wired) -> None:
    wired.as_function("provider_events", RESEND_WEBHOOK_SECRETS=SECRETS[0])


@pytest.mark.parametrize("told", SPELLINGS)
@pytest.mark.parametrize("stored", SPELLINGS)
def test_an_address_that_bounced_gets_no_mail_in_any_spelling(stage: Stage, stored: str, told: str) -> None:
    (delivery_id,) = stage.tell()
    stage.change("update users set email = :stored", stored=stored)
    hard_bounce(told).post()
    assert suppressed(stage) == {ASCII: "bounced"}
    stage.deliver([delivery_id])
    assert (stage.row(delivery_id)["status"], stage.row(delivery_id)["error"]) == ("skipped", "suppressed")


@pytest.mark.parametrize("stored", SPELLINGS)
def test_an_address_that_the_provider_freed_gets_mail_in_any_spelling(stage: Stage, stored: str) -> None:
    Webhook("suppression.added", "", {"to": [], "email": UNICODE}).post()
    Webhook("suppression.removed", "", {"to": [], "email": ASCII}).post()
    (delivery_id,) = stage.tell()
    stage.change("update users set email = :stored", stored=stored)
    stage.deliver([delivery_id])
    assert stage.row(delivery_id)["status"] == "sent"


def test_a_redrive_skips_an_address_that_is_suppressed_in_another_spelling(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.change("update users set email = :stored", stored=UNICODE)
    stage.change("update notification_deliveries set status = 'failed', error = 'x' where id = :id", id=delivery_id)
    hard_bounce(ASCII).post()
    with stage.database.transaction() as connection:
        command = RedriveDeliveries(command="redrive", delivery_ids=(delivery_id,))
        assert [group.skip for group in redrive.count(connection, command)] == ["suppressed"]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_an_operator_types_an_address_in_any_spelling(stage: Stage, wired: Wired, typed: str) -> None:
    (delivery_id,) = stage.tell()
    stage.change("update users set email = :stored", stored=UNICODE)
    hard_bounce(ASCII).post()
    (person,) = operator(wired, "people", users=[typed])
    assert person["email"] == UNICODE
    forecasts = operator(wired, "explain_person", user=typed, type="feedback.new")["channels"]
    assert {forecast["channel"]: forecast["rule"] for forecast in forecasts}["email"] == "suppressed"
    assert operator(wired, "devices", user=typed)["user"]["id"] == person["id"]
    assert [row["id"] for row in operator(wired, "deliveries", user=typed, channel="email")] == [str(delivery_id)]
    (found,) = operator(wired, "suppressions", contains=typed)["suppressions"]
    assert operator(wired, "release", address=f" {typed} ")["address"] == found["address"] == ASCII
    assert suppressed(stage) == {}
