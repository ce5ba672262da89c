"""What `owlpost now` says of each incident, when it says nothing, and that its commands can be typed as they stand."""

import re
import shlex
from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from infra.cli.main import command_line
from infra.cli.target import Target
from owlpost.db.operator.holds import OpenHold
from owlpost.db.operator.overview import ChannelLoad, Pause, StatusCount
from owlpost.db.operator.signs import Bounces, Storm, Troubled
from owlpost.services.operator import attention

AT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
ID = UUID("01a205ea-b58f-7200-972e-2bdc4067fef7")
HOLD = OpenHold(
    id=ID,
    channel=None,
    type="feedback.new",
    producer=None,
    team_id=None,
    request_id=None,
    reason="wrong words",
    created_by="ada",
    created_at=AT - timedelta(days=3),
    until=None,
    held={"email": 3},
    pending={"email": 4, "mobile_push": 1},
)
STORM = Storm(type="job.completed", producer="a-loop", deliveries=20_000, people=100, most=200)
TROUBLED = Troubled(
    channel="email",
    untaken=0,
    untaken_since=None,
    leased=0,
    attempted_at=None,
    repeated=0,
    error=None,
    others_pass=False,
)
LOAD = ChannelLoad(
    channel="email",
    pending=9_000,
    due=9_000,
    leased=0,
    held=0,
    waiting=0,
    overdue=0,
    oldest=AT - timedelta(minutes=5),
    last_due=None,
    sent_lately=60,
    sent_just_now=60,
)
LATE = replace(TROUBLED, untaken=40, untaken_since=AT - timedelta(minutes=12))


def statuses(*, sent: int, failed: int) -> list[StatusCount]:
    return [StatusCount("email", "sent", None, sent), StatusCount("email", "failed", "render_error", failed)]


def pause(provider: str, reason: str) -> str:
    return attention.pause(Pause("email", provider, reason, AT, AT))


def test_a_failing_template_is_named_where_enough_ended_to_say_so() -> None:
    (said,) = attention.failures(statuses(sent=90, failed=10))
    assert said.startswith("10 of 100 deliveries of email failed in the last hour, most as render_error: ")
    assert "owlpost redrive --channel email --error render_error --since 2h" in said
    assert list(attention.failures(statuses(sent=95, failed=5))) == []
    assert list(attention.failures(statuses(sent=9, failed=10))) == []


def test_what_is_tried_in_vain_is_named_unless_others_pass_or_its_provider_is_paused() -> None:
    away = replace(TROUBLED, repeated=30, error="connection_failed")
    (said,) = attention.repeated([away], set())
    assert said.startswith("30 deliveries of email were tried in vain")
    assert list(attention.repeated([replace(away, others_pass=True)], set())) == []
    assert list(attention.repeated([away], {"email"})) == []
    (doubted,) = attention.repeated([replace(away, error="mass_dead_tokens")], set())
    assert "APNS_BUNDLE_ID" in doubted


def test_lost_messages_are_named_at_once_and_an_idle_worker_after_two_sweeps() -> None:
    (lost,) = attention.untaken([LATE], ["email"], AT)
    assert "its queue is empty" in lost
    (passed_by,) = attention.untaken([LATE], [], AT)
    assert "no worker has taken one" in passed_by
    busy = replace(LATE, attempted_at=AT - timedelta(seconds=5))
    assert list(attention.untaken([busy], [], AT)) == []
    assert list(attention.untaken([replace(LATE, untaken_since=AT - timedelta(minutes=3))], [], AT)) == []
    assert list(attention.untaken([TROUBLED], ["email"], AT)) == []


def test_a_backlog_is_named_once_its_rate_says_something() -> None:
    (said,) = attention.backlog([(LOAD, 9_000.0)], AT)
    assert "takes 150 minutes at the rate of now" in said
    assert list(attention.backlog([(LOAD, 1_200.0)], AT)) == []
    assert list(attention.backlog([(replace(LOAD, oldest=AT - timedelta(seconds=4)), 9_000.0)], AT)) == []
    assert list(attention.backlog([(LOAD, None)], AT)) == []


def test_a_wave_of_bounces_is_named_by_its_share_unless_mail_is_held() -> None:
    assert len(list(attention.bounces(Bounces(mails=100, bounced=5, complained=0), []))) == 1
    assert len(list(attention.bounces(Bounces(mails=1_000, bounced=0, complained=3), []))) == 1
    assert list(attention.bounces(Bounces(mails=1_000, bounced=5, complained=0), [])) == []
    assert list(attention.bounces(Bounces(mails=10, bounced=2, complained=0), [])) == []
    held = replace(HOLD, channel="email")
    assert list(attention.bounces(Bounces(mails=100, bounced=5, complained=0), [held])) == []


def test_a_hold_is_forgotten_after_a_day_unless_it_ends_by_itself() -> None:
    (said,) = attention.forgotten([HOLD], AT)
    assert "is 3 days old and stops 5 deliveries" in said
    assert list(attention.forgotten([replace(HOLD, created_at=AT - timedelta(hours=20))], AT)) == []
    assert list(attention.forgotten([replace(HOLD, until=AT + timedelta(hours=1))], AT)) == []


def test_a_refused_key_names_its_variable_though_the_code_sounds_like_one_mail() -> None:
    said = pause("resend", "validation_error")
    assert "RESEND_API_KEY" in said
    assert "the provider refused this mail" not in said
    assert "Look at RESEND_API_KEY" in pause("resend", "invalid_api_key")
    assert "refuses us" not in pause("adapter", "adapter_error")


def nowhere(_options: Namespace) -> Target:
    raise AssertionError("nothing is carried out here")


SAID = [
    *attention.dead_letters({"requests-dlq": 3, "email-dlq": 1, "wakeup-dlq": 1}),
    *attention.failures(statuses(sent=10, failed=10)),
    *attention.repeated([replace(TROUBLED, repeated=30, error="timeout")], set()),
    *attention.backlog([(LOAD, 9_000.0)], AT),
    *attention.storms([STORM, replace(STORM, producer=None)]),
    *attention.bounces(Bounces(mails=10, bounced=5, complained=0), []),
    *attention.forgotten([HOLD], AT),
    *attention.overdue([replace(LOAD, overdue=2)]),
]
COMMANDS = re.findall(
    r"owlpost (?:[a-z-]+(?: (?:--[a-z-]+|TEXT|\"[^\"]+\"|[a-z_]+\.[a-z_]+|(?<=-l )\S+|(?<=--channel )\w+"
    r"|(?<=--producer )[\w-]+|(?<=--error )\w+|(?<=--since )\w+|(?<=let-go )[\w-]+|(?<=dead-letters )\w+))*)",
    " | ".join(SAID),
)


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_each_command_that_now_names_can_be_typed_as_it_stands(command: str) -> None:
    command_line(nowhere).parse_args(shlex.split(command)[1:])


def test_each_sentence_but_those_of_queues_without_one_names_a_command() -> None:
    assert [each for each in SAID if "owlpost " not in each] == []
    assert len(set(COMMANDS)) >= 12
