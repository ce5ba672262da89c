"""An address whose mail server said at once that there is no such mailbox is suppressed with the record of that attempt."""

import pytest
from sqlalchemy import text

from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Failed, Outcome
from tests.support.sleepers import Sleepers
from tests.support.stage import Stage

BOUNCED = Failed("smtp_no_mailbox", bounced="550 5.1.1 no such user")


def suppressed(stage: Stage) -> list[str]:
    with stage.database.transaction() as connection:
        return list(connection.execute(text("select address from email_suppressions")).scalars())


def test_what_went_as_one_suppresses_its_address_once(stage: Stage) -> None:
    sleepers = Sleepers(stage)
    person = sleepers.one()
    ids = sleepers.tell(person, channel="email", times=2)
    sleepers.wake()
    stage.adapter.script = lambda _delivery: BOUNCED
    stage.deliver(ids)
    assert suppressed(stage) == [person.email.lower()]


def test_a_worker_that_has_lost_its_lease_suppresses_nobody(stage: Stage) -> None:
    def lose(_delivery: Delivery) -> Outcome:
        stage.change("update notification_deliveries set lease_id = gen_random_uuid() where channel = 'email'")
        return BOUNCED

    stage.adapter.script = lose
    stage.deliver(stage.tell())
    assert suppressed(stage) == []


@pytest.mark.parametrize("other", [Failed("smtp_refused"), Failed("http_422")])
def test_another_refusal_suppresses_nobody(stage: Stage, other: Failed) -> None:
    stage.adapter.script = lambda _delivery: other
    stage.deliver(stage.tell())
    assert suppressed(stage) == []


def test_an_address_of_somebody_who_was_erased_is_kept_as_a_hash_and_without_words(stage: Stage) -> None:
    ids = stage.tell()
    with stage.database.transaction() as connection:
        email = connection.execute(text("select lower(email) from users")).scalar_one()
    stage.change(
        "insert into erased_addresses (address_hash, erased_at) values (owlpost_keyed_hash(:email), now())", email=email
    )
    stage.adapter.script = lambda _delivery: BOUNCED
    stage.deliver(ids)
    with stage.database.transaction() as connection:
        [(address, detail)] = connection.execute(text("select address, detail from email_suppressions"))
    assert email not in address
    assert detail == {}
