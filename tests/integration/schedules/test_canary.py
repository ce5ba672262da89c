"""The canary: the way of everybody's deliveries from the function that sends it to the provider, and what it says of that."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions import canary as canary_function
from functions import deliver, operate
from infra.local.postgres.server import Postgres
from infra.local.providers.faults import Fault
from infra.local.providers.server import Providers
from owlpost.db.operator.signs import MOST_TO_ONE_PERSON
from owlpost.db.people import accounts
from owlpost.db.session import Database
from owlpost.domain.canary import CANARY_ID
from owlpost.domain.errors import InvalidRequest, Misconfigured
from owlpost.domain.idempotency import Key
from owlpost.services.schedules.cleanup import Cleanup
from owlpost.services.schedules.departed import Departed
from owlpost.services.schedules.texts import Texts
from owlpost.settings_sections import RetentionSettings
from tests.integration.channels.email.test_resend import section as mail_section
from tests.integration.delivery.test_provider_events import SECRETS, Webhook
from tests.support.catalogue_check import honest_providers
from tests.support.clock import StageClock
from tests.support.people import add_person
from tests.support.push_stage import section as push_section
from tests.support.queue_reading import take
from tests.support.services import dispatching, sweeping
from tests.support.stage import Stage
from tests.support.unread_queues import unread_queues
from tests.support.wired import Context, Wired, sqs_event

ADDRESS = "canary@owl.example"
TOKEN = "ca" * 32
#: What becomes of the answer of a Resend that is down.
DOWN = {"provider": "resend", "fault": "error_503"}
REASON = "service_unavailable"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    with honest_providers(tmp_path_factory.mktemp("providers")) as running:
        yield running


@dataclass
class Installation:
    """One with a canary. Its functions run in turns in this process, on the clock of its database."""

    wired: Wired
    providers: Providers
    clock: StageClock
    capsys: pytest.CaptureFixture[str]
    settings: dict[str, str]
    #: What the function wrote to its log.
    printed: str = ""

    def run(self, time: str | None = None) -> dict[str, Any]:
        """Return what the function answers, with the metrics by channel that it wrote."""
        self.capsys.readouterr()
        self.wired.as_function("canary", **self.settings)
        answer: dict[str, Any] = canary_function.handler(
            {"schedule": "canary", "time": time or str(self.clock())}, Context()
        )
        self.printed = self.capsys.readouterr().out
        return {**answer, "missed": self._metrics("CanaryMissed")}

    def deliver(self, channel: str = "email") -> None:
        """Have the channel's worker take what is on its queue."""
        messages = take(self.wired.queues, channel)
        own = mail_section(self.providers) if channel == "email" else push_section(self.providers)
        self.wired.as_function(f"deliver-{channel}", **own)
        deliver.handler(sqs_event(channel, messages), Context())

    def operate(self, **command: object) -> Any:
        self.wired.as_function("operate", **self.settings)
        return json.loads(json.dumps(operate.handler(command, Context())))

    def _metrics(self, name: str) -> dict[str, float]:
        lines = [json.loads(line) for line in self.printed.splitlines() if f'"{name}"' in line]
        return {line["channel"]: line[name][0] for line in lines}


@pytest.fixture
def shown_clock(postgres: Postgres, database_name: str) -> Iterator[None]:
    """The roles of the functions see the database's time that a test moves."""
    with postgres.connect(database_name) as connection:
        connection.run("grant usage on schema testing to public; grant select on testing.clock to public")
        yield
        connection.run("revoke usage on schema testing from public; revoke select on testing.clock from public")


@pytest.fixture
def installation(
    shown_clock: None, wired: Wired, running: Providers, clock: StageClock, capsys: pytest.CaptureFixture[str]
) -> Iterator[Installation]:
    clock.move_to(datetime.now(UTC))
    yield Installation(wired, running, clock, capsys, {"CANARY_EMAIL": ADDRESS})
    running.faults.clear()


def rows(database: Database, what: str = "status, error") -> list[tuple[object, ...]]:
    with database.transaction() as connection:
        found = connection.execute(text(f"select {what} from notification_deliveries order by id"))
        return [tuple(row) for row in found]


def cleaning(database: Database, clock: StageClock) -> Cleanup:
    sweep = sweeping(database, unread_queues(), clock)
    return Cleanup(
        database, RetentionSettings(), clock, sweep, lambda _: None, Departed(database, clock), Texts(database)
    )


def change(database: Database, statement: str, **values: object) -> None:
    with database.transaction() as connection:
        connection.execute(text(statement), values)


def test_a_canary_goes_the_way_of_every_mail_and_has_come_through_once_its_provider_took_it(
    installation: Installation, database: Database
) -> None:
    first = installation.run()
    assert (first["verdicts"], first["missed"]) == ({}, {"email": 0}), "there is nothing to be judged yet"
    installation.deliver()
    accepted = installation.providers.ledger.accepted()
    assert accepted[0]["recipient"] == ADDRESS
    assert rows(database) == [("sent", None)]
    installation.clock.advance(minutes=10)
    assert installation.run()["verdicts"] == {"email": "through"}


def test_one_over_each_channel_is_judged_by_itself(installation: Installation) -> None:
    installation.settings["CANARY_PUSH_TOKEN"] = TOKEN
    installation.run()
    installation.deliver("mobile_push")
    installation.clock.advance(minutes=10)
    again = installation.run()
    assert again["verdicts"] == {"email": "missed", "mobile_push": "through"}
    assert again["missed"] == {"email": 1, "mobile_push": 0}


def test_while_the_provider_is_down_each_run_tells_the_alarm_and_now_says_why_and_when_one_came_through_last(
    installation: Installation, database: Database
) -> None:
    installation.run()
    installation.deliver()
    through_at = installation.clock()
    installation.providers.faults.add(Fault.model_validate(DOWN))
    for expected in ({"email": 0}, {"email": 1}, {"email": 1}):
        installation.clock.advance(minutes=10)
        assert installation.run()["missed"] == expected
        installation.deliver()
    overview = installation.operate(command="now")
    (seen,) = overview["canary"]
    assert (seen["verdict"], seen["reason"]) == ("missed", REASON)
    assert datetime.fromisoformat(seen["last_through"]) - through_at < timedelta(seconds=60)
    (sentence,) = (each for each in overview["attention"] if "canary" in each)
    assert f"did not come through ({REASON}: " in sentence
    assert f"last came through {through_at:%Y-%m-%d %H:%M} UTC" in sentence
    assert rows(database) == [
        ("sent", None),
        ("skipped", "recalled"),
        ("skipped", "recalled"),
        ("pending", REASON),
    ]


def test_once_the_provider_is_back_the_alarm_ends_and_none_of_the_missed_ones_goes_out_late(
    installation: Installation,
) -> None:
    installation.providers.faults.add(Fault.model_validate(DOWN))
    before = len(installation.providers.ledger.accepted())
    installation.run()
    installation.deliver()
    installation.clock.advance(minutes=10)
    assert installation.run()["missed"] == {"email": 1}
    installation.providers.faults.clear()
    installation.deliver()
    installation.clock.advance(minutes=10)
    assert installation.run()["missed"] == {"email": 0}
    assert len(installation.providers.ledger.accepted()) - before == 1


def test_one_that_was_taken_too_late_is_missed(installation: Installation) -> None:
    installation.settings["CANARY_WITHIN_MINUTES"] = "3"
    installation.run()
    installation.clock.advance(minutes=4)
    installation.deliver()
    installation.clock.advance(minutes=6)
    assert installation.run()["verdicts"] == {"email": "missed"}


@pytest.mark.parametrize(("told_after", "verdict"), [(2, "through"), (8, "missed"), (None, "missed")])
def test_where_the_webhook_is_asked_for_a_mail_has_come_through_once_it_was_delivered(
    installation: Installation, database: Database, told_after: int | None, verdict: str
) -> None:
    installation.settings["CANARY_EMAIL_DELIVERED"] = "true"
    installation.run()
    installation.deliver()
    if told_after is not None:
        at = (installation.clock() + timedelta(minutes=told_after)).isoformat()
        events = json.dumps({"provider_events": {"delivered": {"at": at}}})
        change(
            database,
            "update notification_deliveries set attempt_metadata = attempt_metadata || cast(:events as jsonb)",
            events=events,
        )
    installation.clock.advance(minutes=10)
    assert installation.run()["verdicts"] == {"email": verdict}


def test_a_run_that_is_repeated_sends_no_other_one_and_takes_nothing_back(
    installation: Installation, database: Database
) -> None:
    first = installation.run("2026-11-29T12:00:00Z")
    assert installation.run("2026-11-29T12:00:00Z")["request_id"] == first["request_id"]
    assert rows(database) == [("pending", None)]


def test_a_canary_that_an_operator_holds_is_not_missed(installation: Installation) -> None:
    installation.operate(command="hold", reason="a storm", operator="ada")
    installation.run()
    installation.deliver()
    installation.clock.advance(minutes=10)
    again = installation.run()
    assert (again["verdicts"], again["missed"]) == ({"email": "held"}, {"email": 0})
    (hold,) = installation.operate(command="holds")
    assert (hold["held"], hold["pending"]) == ({}, {}), "it is none of people's"
    assert installation.operate(command="hold", reason="again", operator="ada", dry_run=True)["pending"] == {}


def test_a_canary_that_waits_is_no_delivery_of_people_that_is_late(
    installation: Installation, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.run()
    installation.clock.advance(hours=1)
    capsys.readouterr()
    sweeping(database, unread_queues(), installation.clock).run()
    assert '"OldestDue"' not in capsys.readouterr().out


def test_a_function_that_stopped_is_named_by_now(installation: Installation) -> None:
    installation.run()
    installation.deliver()
    installation.clock.advance(minutes=26)
    overview = installation.operate(command="now")
    assert overview["canary"][0]["verdict"] == "silent"
    assert any(each.startswith("No canary goes out over email since") for each in overview["attention"])


def test_canaries_are_counted_nowhere_among_peoples(installation: Installation, stage: Stage) -> None:
    stage.clock = installation.clock
    installation.run()
    installation.deliver()
    installation.clock.advance(minutes=10)
    installation.run()
    overview = installation.operate(command="now")
    assert (overview["channels"], overview["statuses"], overview["under_way"]) == ([], [], [])
    assert installation.operate(command="rates") == []
    for by in ("producer", "type", "person", "title"):
        assert installation.operate(command="top", by=by) == []
    assert installation.operate(command="requests") == []
    assert installation.operate(command="deliveries") == []
    balance = installation.operate(command="audit")
    assert (balance["requests"], balance["stored_deliveries"], balance["by_status"], balance["pending"]) == (
        0,
        0,
        {},
        {},
    )
    change(stage.database, "update notification_deliveries set status = 'failed', error = 'x'")
    assert installation.operate(command="redrive", dry_run=True)["groups"] == []


def test_who_asks_for_canaries_finds_them_and_each_explains_itself(installation: Installation) -> None:
    installation.run()
    installation.deliver()
    assert len(installation.operate(command="requests", type="canary")) == 1
    (listed,) = installation.operate(command="deliveries", type="canary")
    told = installation.operate(command="explain_delivery", delivery_id=listed["id"])["sentences"]
    assert any("sent" in each for each in told)
    assert any(each.startswith("Decided by preference_on") for each in told)


def test_no_metric_of_peoples_deliveries_counts_a_canary(
    installation: Installation, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.run()
    installation.clock.advance(minutes=6)
    capsys.readouterr()
    installation.deliver()
    printed = installation.printed + capsys.readouterr().out
    assert "CanaryMissed" in printed
    for name in ("Enqueued", "Sent", "TimeToDeliver", "OldestDue"):
        assert f'"Name":"{name}"' not in printed


def test_a_producer_cannot_send_a_canary(database: Database, installation: Installation) -> None:
    installation.run()
    body = {"type": "canary", "recipients": {"user_ids": [str(CANARY_ID)]}, "title": "Hello"}
    dispatch = dispatching(database, unread_queues(), installation.clock)
    with pytest.raises(InvalidRequest, match="type"):
        dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4())))


@pytest.mark.parametrize("brake", ["BRAKE_PER_PERSON", "BRAKE_PER_PRODUCER"])
def test_the_brake_lets_canaries_pass(installation: Installation, database: Database, brake: str) -> None:
    installation.settings |= {brake: "1"}
    for number in range(3):
        installation.run(str(number))
    assert rows(database, "status, error, waits_for") == [("pending", None, None)] * 3


@pytest.mark.parametrize("command", ["person", "export_person", "erase_person", "devices"])
def test_nobody_finds_the_canary_among_people(installation: Installation, command: str) -> None:
    installation.settings["CANARY_PUSH_TOKEN"] = TOKEN
    installation.run()
    for user in (ADDRESS, str(CANARY_ID)):
        assert installation.operate(command=command, user=user)["error"]["kind"] == "not_found"


def test_nobody_signs_in_as_the_canary(installation: Installation, database: Database) -> None:
    installation.run()
    with database.transaction() as connection:
        assert accounts.is_canary(connection, ADDRESS)
        assert accounts.id_of(connection, ADDRESS) is None
        now = installation.clock()
        assert accounts.find_by_session(connection, user_id=CANARY_ID, session_id="s", started_at=now) is None


def test_the_canary_is_in_no_team_and_its_device_follows_the_setting(
    installation: Installation, database: Database
) -> None:
    for token in (TOKEN, "cb" * 32):
        installation.settings["CANARY_PUSH_TOKEN"] = token
        installation.run(token)
        with database.transaction() as connection:
            assert connection.execute(text("select token from user_devices")).scalars().all() == [token]
            assert connection.execute(text("select count(*) from team_members")).scalar_one() == 0


def test_an_address_or_a_device_of_a_person_is_refused_and_stays_theirs(
    installation: Installation, database: Database
) -> None:
    with database.transaction() as connection:
        ada = add_person(connection, email=ADDRESS, device=TOKEN)
    with pytest.raises(Misconfigured, match="CANARY_EMAIL"):
        installation.run()
    installation.settings = {"CANARY_PUSH_TOKEN": TOKEN}
    with pytest.raises(Misconfigured, match="CANARY_PUSH_TOKEN"):
        installation.run()
    with database.transaction() as connection:
        assert connection.execute(text("select user_id from user_devices")).scalars().all() == [ada.id]
    assert rows(database) == []


def test_without_a_setting_there_is_nothing_to_send_to_and_now_says_nothing_of_it(installation: Installation) -> None:
    installation.settings = {}
    with pytest.raises(Misconfigured, match="CANARY_EMAIL or CANARY_PUSH_TOKEN"):
        installation.run()
    assert installation.operate(command="now")["canary"] == []


@pytest.mark.own_database
def test_an_account_that_the_host_holds_on_to_stays_and_stops_no_cleanup(
    installation: Installation, database: Database
) -> None:
    installation.run("the last one")
    change(database, "create table host_profiles (user_id uuid references users (id))")
    change(database, "insert into host_profiles select id from users")
    installation.clock.advance(hours=25)
    deleted = cleaning(database, installation.clock).run()
    assert (deleted["canaries"], deleted["departed_people"]) == (1, 0)


def test_cleanup_deletes_canaries_of_yesterday_and_their_person_once_none_is_left(
    installation: Installation, database: Database
) -> None:
    installation.settings["CANARY_PUSH_TOKEN"] = TOKEN
    installation.run("yesterday")
    installation.clock.advance(hours=25)
    installation.run("today")
    clock = installation.clock
    cleanup = cleaning(database, clock)
    deleted = cleanup.run()
    assert (deleted["canaries"], deleted["canary_receipts"], deleted["departed_people"]) == (1, 1, 0)
    clock.advance(hours=25)
    deleted = cleanup.run()
    assert (deleted["canaries"], deleted["canary_receipts"], deleted["departed_people"]) == (1, 1, 1)
    with database.transaction() as connection:
        for table in ("users", "user_devices", "notifications", "notification_requests"):
            assert connection.execute(text(f"select count(*) from {table}")).scalar_one() == 0, table


def copies(database: Database, number: int) -> None:
    """Make so many more deliveries of each that there is, each of a notification of its own."""
    change(
        database,
        """
        with copied as (
          insert into notifications (id, user_id, type, title, body, data, in_app, created_at, request_id)
          select owlpost_uuid7(), user_id, type, title, body, data, in_app, created_at, request_id
          from notifications, generate_series(1, :number)
          returning id, created_at
        )
        insert into notification_deliveries (id, notification_id, channel, status, created_at, attempted_at)
        select owlpost_uuid7(), copied.id, d.channel, d.status, copied.created_at, d.attempted_at
        from copied, notification_deliveries d
        """,
        number=number,
    )


def test_many_canaries_are_no_storm(installation: Installation, database: Database) -> None:
    installation.run()
    copies(database, MOST_TO_ONE_PERSON + 1)
    assert not [each for each in installation.operate(command="now")["attention"] if "storm" in each]


def test_canaries_do_not_make_the_share_of_bounces_small(
    installation: Installation, stage: Stage, database: Database
) -> None:
    installation.run()
    installation.deliver()
    copies(database, 1_000)
    change(
        database,
        "insert into email_suppressions (address, reason, created_at)"
        " select 'gone' || n || '@people.example', 'bounced', now() from generate_series(1, 5) n",
    )
    assert [each for each in installation.operate(command="now")["attention"] if "A wave of bounces" in each]


def test_what_becomes_of_a_canary_is_counted_with_nobodys_mail(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    installation.wired.as_function(
        "provider_events", RESEND_WEBHOOK_SECRETS=SECRETS[0], CANARY_EMAIL="Canary@Owl.example"
    )
    counted = {}
    for to in (ADDRESS.upper(), "ada@people.example"):
        capsys.readouterr()
        assert Webhook("email.delivered", to, {"email_id": str(uuid4())}).post()["statusCode"] == 200
        counted[to] = '"Name":"Delivered"' in capsys.readouterr().out
    assert counted == {ADDRESS.upper(): False, "ada@people.example": True}
