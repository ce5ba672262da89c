"""Incidents on a whole laptop: each is understood from `owlpost now` alone, and ended by at most two commands."""

import json
import os
import re
import signal
from uuid import uuid4

import pytest

from infra.local.postgres.postmaster import wait_until
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from tests.drill.operator import PATIENCE, Operator
from tests.support.services import dispatching
from tests.support.unread_queues import unread_queues

SCHEDULED_SWEEP_HAS_PASSED = "15 minutes"


def test_a_revoked_key_is_named_and_all_goes_on_once_it_is_replaced(operator: Operator) -> None:
    operator.fault(provider="resend", fault="refused_key")
    operator.told(operator.people(30))
    assert "RESEND_API_KEY" in operator.sees("email waits for resend")
    operator.mend_providers()  # a new key is in its secret
    operator.time_passes("2 minutes")
    operator.until(lambda: operator.count("status = 'sent'") >= 1)
    operator.time_passes("2 minutes")
    operator.is_well()
    assert operator.count("status = 'sent'") == 30


def test_the_wrong_apns_team_is_named_with_the_variable_to_look_at(operator: Operator) -> None:
    operator.fault(provider="apns", fault="answer", answer="InvalidProviderToken")
    operator.told(operator.people(30, devices=True), type="issue.new")
    assert "APNS_TEAM_ID" in operator.sees("mobile_push waits for apns")
    operator.mend_providers()
    operator.time_passes("2 minutes")
    operator.until(lambda: operator.count("status = 'sent' and channel = 'mobile_push'") >= 1)
    operator.time_passes("2 minutes")
    operator.is_well()
    assert operator.count("status = 'sent' and channel = 'mobile_push'") == 30


def test_a_broken_template_is_named_and_its_mails_go_again_after_the_next_release(operator: Operator) -> None:
    broken = operator.templates / "generic.html.j2"
    broken.write_text("{{ no_such_name.subject }}", encoding="utf-8")
    operator.told(operator.people(30))
    line = operator.sees("30 of 30 deliveries of email failed")  # they may come in several batches
    assert "render_error" in line
    broken.unlink()
    assert "30" in operator.acts("redrive", "--channel", "email", "--error", "render_error", "--since", "2h")
    operator.is_well()
    assert operator.count("status = 'sent'") == 30


def test_tokens_that_all_die_at_once_are_doubted_and_come_back(operator: Operator) -> None:
    operator.fault(provider="apns", fault="dead_token")
    operator.told(operator.people(60, devices=True), type="issue.new")
    operator.until(lambda: operator.count("error = 'mass_dead_tokens'") > 0)
    operator.time_passes("11 minutes", sweep=False)
    assert "APNS_BUNDLE_ID" in operator.sees("too many devices or browsers dead at once")
    operator.mend_providers()
    operator.sweep()
    operator.is_well()
    assert operator.count("status = 'sent' and channel = 'mobile_push'") == 60


def test_a_database_that_is_away_is_named_and_nothing_is_lost(operator: Operator) -> None:
    operator.told(operator.people(5))
    operator.is_well()
    operator.laptop.postgres.stop()
    code, lines = operator.look()
    operator.laptop.postgres.start()
    assert code == 3
    assert "the database does not answer" in lines[0]
    operator.told(operator.people(5))
    operator.is_well()
    assert operator.count("status = 'sent'") == 10


def test_queues_that_lost_everything_are_named_and_the_sweep_sends_it_all(operator: Operator) -> None:
    people = operator.people(40)
    body = {
        "type": "issue.digest",
        "recipients": {"user_ids": [str(each.id) for each in people]},
        "title": "What SQS took is gone",
    }
    dispatch = dispatching(operator.database, unread_queues(), utc_now)
    dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())), correlation_id="drill")
    operator.time_passes("2 minutes", sweep=False)
    assert "40 deliveries of email" in operator.sees("its queue is empty")
    operator.sweep()
    operator.is_well()
    assert operator.count("status = 'sent'") == 40


def test_poison_among_good_requests_ends_as_dead_letters_and_the_good_ones_are_sent(operator: Operator) -> None:
    body = {
        "type": "issue.digest",
        "recipients": {"user_ids": [str(each.id) for each in operator.people(3)]},
        "title": "A good one",
    }
    operator.put_on_queue("requests", [json.dumps(body), "[1, 2]", json.dumps({**body, "title": "Another"})])
    assert "owlpost dead-letters requests" in operator.sees("1 dead letter in requests-dlq")
    assert "request: must be a JSON object" in operator.acts("dead-letters", "requests")
    operator.acts("dead-letters", "requests", "--error", "request: must be a JSON object", "--yes")
    operator.is_well()
    assert operator.count("status = 'sent'") == 6


def test_a_provider_that_is_away_for_hours_is_named_and_what_was_given_up_is_sent(operator: Operator) -> None:
    operator.fault(provider="resend", fault="error_503")
    operator.told(operator.people(30))
    operator.until(lambda: operator.count("error is not null") == 30)
    operator.time_passes("11 minutes", sweep=False)
    assert "status page" in operator.sees("30 deliveries of email were tried in vain")
    operator.time_passes("25 hours")
    operator.until(lambda: operator.count("status = 'failed'") == 30 and operator.is_quiet("email"))
    assert "owlpost redrive --channel email" in operator.sees("About 30 dead letters in email-dlq")
    operator.mend_providers()
    operator.acts("redrive", "--channel", "email")
    operator.is_well()
    assert operator.count("status = 'sent'") == 30
    assert operator.duplicates() == 0


def test_a_clock_that_is_wrong_is_named_with_by_how_much(operator: Operator) -> None:
    with operator.laptop.postgres.connect("owlpost") as connection:
        connection.run("insert into testing.ahead values (interval '90 seconds')")
    said = operator.sees("clock differs from the database's")
    ahead = re.search(r"by -([\d.]+) s", said)
    assert ahead, said
    assert float(ahead[1]) == pytest.approx(90, abs=10)  # less what the question took on a busy machine
    with operator.laptop.postgres.connect("owlpost") as connection:
        connection.run("delete from testing.ahead")
    operator.is_well()


def test_a_wave_of_bounces_is_named_and_mail_waits_until_its_cause_is_mended(operator: Operator) -> None:
    people = operator.people(30)
    operator.told(people)
    operator.is_well()
    for each in people[:5]:
        operator.mail_event("bounced", each.email)
    operator.sees("A wave of bounces: 5 addresses bounced")
    operator.acts("hold", "--channel", "email", "--why", "a wave of bounces")
    operator.told(people[5:])
    operator.until(lambda: operator.count("waits_for = 'held'") == 25)
    assert operator.look() == (0, [])
    operator.time_passes("2 hours", sweep=False)  # the producer's list is mended meanwhile
    (hold,) = _open_holds(operator)
    operator.acts("let-go", hold)
    operator.is_well()
    assert operator.count("status = 'sent'") == 55


def test_a_suppressed_person_who_asks_is_told_why_and_gets_mail_again(operator: Operator) -> None:
    people = operator.people(30)
    operator.told(people)
    operator.is_well()
    ada = people[0]
    operator.mail_event("bounced", ada.email)
    operator.until(lambda: _suppressed(operator) == 1)
    operator.told([ada])
    operator.until(lambda: operator.count("error = 'suppressed'") == 1)
    assert operator.look() == (0, [])  # one person is nobody's incident
    assert f"{ada.email} (bounced)" in operator.shows()
    assert "owlpost release" in operator.acts("explain", ada.email, "issue.digest")
    operator.acts("release", ada.email)
    operator.told([ada])
    operator.is_well()
    assert operator.count("status = 'sent'") == 31


def test_deliveries_of_a_worker_that_died_are_named_if_no_sweep_brings_them_back(operator: Operator) -> None:
    operator.fault(provider="resend", fault="latency", delay=20)
    operator.told(operator.people(5))
    at_work = operator.laptop.engine.sandboxes.pids_at_work
    operator.until(lambda: operator.count("leased_until > now()") == 5 and bool(at_work("deliver-email")))
    os.kill(at_work("deliver-email")[0], signal.SIGKILL)
    assert wait_until(lambda: not at_work("deliver-email"), seconds=PATIENCE)
    operator.time_passes(SCHEDULED_SWEEP_HAS_PASSED, sweep=False)
    assert "*oldest due* in the runbook" in operator.sees("no worker has taken one")
    operator.mend_providers()
    operator.sweep()
    operator.is_well()
    assert operator.duplicates() == 0


def test_a_hold_that_everybody_forgot_is_named_with_what_it_stops(operator: Operator) -> None:
    operator.acts("hold", "--type", "issue.digest", "--why", "wrong words")
    operator.told(operator.people(3))
    operator.until(lambda: operator.count("waits_for = 'held'") == 3)
    assert operator.look() == (0, [])
    operator.time_passes("50 hours", sweep=False)
    (hold,) = _open_holds(operator)
    line = operator.sees("wrong words")
    assert "2 days old and stops 3 deliveries" in line
    assert f"owlpost let-go {hold}" in line
    operator.acts("let-go", hold)
    operator.is_well()
    assert operator.count("status = 'sent'") == 3


def test_a_flood_of_dead_letters_is_counted_by_its_error_and_discarded_as_one(operator: Operator) -> None:
    flood = 120
    operator.put_on_queue("requests", [json.dumps({"type": "no.such", "number": n}) for n in range(flood)])
    operator.until(lambda: any(f"About {flood} dead letters" in line for line in operator.look()[1]))
    printed = operator.acts("dead-letters", "requests")
    assert str(flood) in printed
    operator.acts("dead-letters", "requests", "--error", "recipients: field required", "--yes")
    operator.is_well()


def _open_holds(operator: Operator) -> list[str]:
    with operator.database.transaction() as connection:
        return [
            str(each) for each in connection.exec_driver_sql("select id from holds where ended_at is null").scalars()
        ]


def _suppressed(operator: Operator) -> int:
    with operator.database.transaction() as connection:
        return int(connection.exec_driver_sql("select count(*) from email_suppressions").scalar_one())
