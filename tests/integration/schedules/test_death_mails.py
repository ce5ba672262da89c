"""The owner of a destination that has died is mailed once for each death, whatever dies in between."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import sweep
from infra.local.providers.server import Options, Providers
from owlpost.db.delivery.settle import BatchResult, settle
from owlpost.db.schedules import death_mails
from owlpost.domain.destinations import DestinationReport
from owlpost.domain.direct_mails import DirectMailOutcome
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.guest_list import GuestList
from owlpost.domain.refusals import OutcomeUnknown, Unavailable
from owlpost.services.guest_mail import MailToGuests
from owlpost.services.schedules.death_mails import LEASE, MOST, DeathMails
from tests.support.optional_channels import switched_on
from tests.support.people import Person, add_team
from tests.support.reached import add_destination, add_room, destination_row, posting, somebody, tell
from tests.support.receiving import ScriptedReceiver, status
from tests.support.services import sweeping
from tests.support.stage import Stage
from tests.support.wired import Context, Wired


class Killed(BaseException):
    """The function dies."""


@dataclass
class Post:
    """A RecognisingMail that keeps what it is asked to send, raises what it is told to, and knows its keys."""

    recognises_repeats: bool = True
    fault: Exception | None = None
    dies: bool = False
    bounced: str | None = None
    meanwhile: Callable[[], None] = lambda: None
    sent: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    outcomes: list[DirectMailOutcome] = field(default_factory=list)
    links: set[str | None] = field(default_factory=set)

    def send(
        self,
        to: str,
        template: str,
        values: Any,
        *,
        link: str | None = None,
        key: str | None = None,
        patience: timedelta | None = None,  # noqa: ARG002 (nothing takes time here)
        locale: str | None = None,  # noqa: ARG002 (its tests are elsewhere)
    ) -> None:
        assert template == "destination_dead"
        assert key
        self.links.add(link)
        self.keys.append(key)
        self.meanwhile()
        if self.fault is not None:
            self.outcomes.append(DirectMailOutcome(template, to, "failed", "http_503", bounced=self.bounced))
            raise self.fault
        if key not in {each[2] for each in self.sent}:
            self.sent.append((to, dict(values), key))
        if self.dies:
            raise Killed
        self.outcomes.append(DirectMailOutcome(template, to, "sent", provider_id="1"))


@pytest.fixture(autouse=True)
def channels() -> Iterator[None]:
    with switched_on("webhook", "slack", "web_push", "telegram"):
        yield


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def mails(stage: Stage, post: Post) -> DeathMails:
    return DeathMails(stage.database, lambda: post, post.outcomes)


def connect(stage: Stage, person: Person, *, label: str = "Build room") -> UUID:
    id_ = add_destination(stage, person, f"https://hooks.example.com/{uuid4()}", label=label)
    stage.change("update destinations set verified_at = registered_at where state <> 'unverified'")
    return id_


def hear(stage: Stage, id_: UUID, *, error: str | None = "http_410", state: str | None = "dead") -> None:
    with stage.database.transaction() as connection:
        now: datetime = connection.execute(text("select now()")).scalar_one()
        report = DestinationReport(id_, now, error, state)
        settle(connection, BatchResult(channel="webhook", lease_id=uuid4(), rows=[], destinations=[report]))


def records(stage: Stage) -> list[tuple[str, str, str | None]]:
    with stage.database.transaction() as connection:
        found = connection.execute(text("select address, status, error from direct_mails order by created_at, id"))
        return [(row.address, row.status, row.error) for row in found]


def later(stage: Stage, **time: float) -> None:
    """Let time pass for the mails, by the database's clock."""
    past = timedelta(**time).total_seconds()
    stage.change(
        f"update destinations set death_mail_due_at = death_mail_due_at - make_interval(secs => {past}),"
        f" death_mail_begun_at = death_mail_begun_at - make_interval(secs => {past})"
    )


def test_the_owner_is_mailed_once_with_what_died_of_what_and_since_when(
    stage: Stage, mails: DeathMails, post: Post
) -> None:
    stage.clock.advance(days=1)  # to the worker's own time, by which it knows its deadline
    person = somebody(stage)
    with ScriptedReceiver(lambda _posted, _connection: status(410)) as receiver:
        id_ = add_destination(stage, person, receiver.url(), label="Build room")
        stage.change("update destinations set verified_at = registered_at")
        stage.deliver(tell(stage, person), by=posting(stage, receiver.place))
    row = destination_row(stage, id_)
    assert row["state"] == "dead"
    assert [mails.run(), mails.run()] == [1, 0]
    [(to, values, key)] = post.sent
    assert to == person.email
    assert values == {
        "destination": "Build room",
        "channel": "Webhook",
        "team": None,
        "reason": "http_410",
        "said": "the provider answered 410 Gone",
        "since": row["failing_since"],
    }
    assert key == f"destination_dead:{id_}:{row['dead_at'].isoformat()}"
    assert post.links == {"/dashboard/profile/destinations"}
    assert records(stage) == [(person.email, "sent", None)]


def test_one_that_our_rule_has_killed_is_told_of_as_well(stage: Stage, mails: DeathMails, post: Post) -> None:
    id_ = connect(stage, somebody(stage))
    stage.change("update destinations set failures = 9, failing_since = now() - interval '6 days'")
    hear(stage, id_, error="http_500", state=None)
    assert mails.run() == 1
    assert post.sent[0][1]["said"] == "the provider answered 500 Internal Server Error"


def test_what_lives_or_only_fails_is_not_told_of(stage: Stage, mails: DeathMails, post: Post) -> None:
    for error, state in ((None, None), ("http_500", None), ("not_in_channel", "off")):
        hear(stage, connect(stage, somebody(stage)), error=error, state=state)
    assert mails.run() == 0
    assert post.sent == []


def test_each_death_is_told_of_and_hearing_of_one_again_is_none(stage: Stage, mails: DeathMails, post: Post) -> None:
    id_ = connect(stage, somebody(stage))
    hear(stage, id_)
    hear(stage, id_)
    mails.run()
    hear(stage, id_)
    assert mails.run() == 0
    hear(stage, id_, error=None, state="live")
    stage.clock.advance(seconds=1)
    hear(stage, id_)
    assert mails.run() == 1
    assert len({key for _, _, key in post.sent}) == len(post.sent) == 2


def test_one_that_lives_again_before_its_mail_is_not_told_of(stage: Stage, mails: DeathMails, post: Post) -> None:
    id_ = connect(stage, somebody(stage))
    hear(stage, id_)
    hear(stage, id_, error=None, state="live")
    assert mails.run() == 0
    assert post.sent == []


def test_one_that_dies_anew_while_its_mail_is_sent_is_told_of_again(
    stage: Stage, mails: DeathMails, post: Post
) -> None:
    id_ = connect(stage, somebody(stage))
    hear(stage, id_)

    def dies_anew() -> None:
        post.meanwhile = lambda: None
        hear(stage, id_, error=None, state="live")
        stage.clock.advance(seconds=1)
        hear(stage, id_)

    post.meanwhile = dies_anew
    assert mails.run() == 2
    assert len(post.sent) == 2


def test_one_that_was_never_live_is_not_told_of(stage: Stage, mails: DeathMails, post: Post) -> None:
    id_ = add_destination(stage, somebody(stage), "https://hooks.example.com/a", state="unverified")
    hear(stage, id_)
    assert destination_row(stage, id_)["state"] == "dead"
    assert mails.run() == 0
    assert post.sent == []


@pytest.mark.parametrize(
    ("channel", "kind", "told"),
    [("web_push", "subscription", 0), ("telegram", "chat", 0), ("slack", "bot_dm", 1), ("webhook", "url", 1)],
)
def test_who_ended_it_themselves_is_not_told_of_it(
    stage: Stage, mails: DeathMails, channel: str, kind: str, told: int
) -> None:
    id_ = connect(stage, somebody(stage))
    stage.change(f"update destinations set channel = '{channel}', kind = '{kind}'")
    hear(stage, id_)
    assert destination_row(stage, id_)["state"] == "dead"
    assert mails.run() == told


@pytest.fixture
def room(stage: Stage) -> tuple[UUID, UUID, str]:
    """A room that has died, its team, and the address of the member who had connected it."""
    team = add_team(stage.database, members=2)
    id_ = add_room(stage, team, "https://hooks.example.com/a")
    with stage.database.transaction() as connection:
        owner = connection.execute(
            text("select u.id, u.email from team_members m join users u on u.id = m.user_id limit 1")
        ).one()
    stage.change(f"update destinations set verified_at = now(), created_by = '{owner.id}'")
    hear(stage, id_)
    return id_, team, owner.email


def test_of_a_room_its_connector_is_told_with_its_team(
    stage: Stage, mails: DeathMails, post: Post, room: tuple[UUID, UUID, str]
) -> None:
    assert mails.run() == 1
    [(to, values, _)] = post.sent
    assert to == room[2]
    assert (values["destination"], values["team"]) == ("alerts", "Cartographers")


def test_who_has_left_the_team_is_not_told_of_its_room(
    stage: Stage, mails: DeathMails, post: Post, room: tuple[UUID, UUID, str]
) -> None:
    stage.change("delete from team_members where user_id = (select created_by from destinations)")
    assert [mails.run(), mails.run()] == [1, 0]
    assert post.sent == []
    assert records(stage) == [(room[2], "skipped", "left_team")]


def test_an_owner_who_gets_no_mail_is_not_mailed(stage: Stage, mails: DeathMails, post: Post) -> None:
    person = somebody(stage)
    hear(stage, connect(stage, person))
    stage.change(
        "insert into email_suppressions (address, unicode_address, reason, detail)"
        f" values ('{person.email}', '{person.email}', 'bounced', '{{}}')"
    )
    assert [mails.run(), mails.run()] == [1, 0]
    assert post.sent == []
    assert records(stage) == [(person.email, "skipped", "suppressed")]


def test_nobody_is_mailed_where_nobody_is(stage: Stage, mails: DeathMails, post: Post) -> None:
    hear(stage, connect(stage, somebody(stage)))
    stage.change("delete from users")
    assert [mails.run(), mails.run()] == [1, 0]
    assert post.sent == []
    assert records(stage) == []


def test_on_staging_only_guests_are_mailed(stage: Stage, post: Post) -> None:
    person = somebody(stage)
    hear(stage, connect(stage, person))

    guests = MailToGuests(post, GuestList.parse("@guests.example"), post.outcomes.append)
    assert DeathMails(stage.database, lambda: guests, post.outcomes).run() == 1
    assert post.sent == []
    assert records(stage) == [(person.email, "skipped", "not_on_guest_list")]


def take_and_die(stage: Stage) -> None:
    """Take a mail as a sweep does, and die before anything is written down."""
    with stage.database.transaction() as connection:
        assert death_mails.take(connection, lease=LEASE)


def test_a_sweep_that_dies_before_it_mails_loses_nothing(stage: Stage, mails: DeathMails, post: Post) -> None:
    hear(stage, connect(stage, somebody(stage)))
    take_and_die(stage)
    assert mails.run() == 0  # the lease
    later(stage, seconds=LEASE.total_seconds())
    assert mails.run() == 1
    assert len(post.sent) == 1


def test_a_sweep_that_dies_after_it_has_mailed_mails_nobody_twice(stage: Stage, mails: DeathMails, post: Post) -> None:
    hear(stage, connect(stage, somebody(stage)))
    post.dies = True
    with pytest.raises(Killed):
        mails.run()
    assert len(post.sent) == 1
    post.dies = False
    later(stage, seconds=LEASE.total_seconds())
    assert mails.run() == 1
    assert len(post.sent) == 1
    assert post.keys[0] == post.keys[1]
    assert [each[1] for each in records(stage)] == ["sent"]


def test_where_no_repeat_is_recognised_what_may_be_out_is_not_sent_again(stage: Stage, post: Post) -> None:
    person = somebody(stage)
    post.recognises_repeats = False
    hear(stage, connect(stage, person))
    take_and_die(stage)
    later(stage, seconds=LEASE.total_seconds())
    assert DeathMails(stage.database, lambda: post, post.outcomes).run() == 1
    assert post.keys == []
    assert records(stage) == [(person.email, "failed", "outcome_unknown")]


def test_an_address_without_a_mailbox_is_suppressed_with_the_end_of_its_mail(
    stage: Stage, mails: DeathMails, post: Post
) -> None:
    person = somebody(stage)
    hear(stage, connect(stage, person))
    post.fault, post.bounced = InvalidRequest("email", "was refused"), "550 5.1.1 no such user"
    assert mails.run() == 1
    with stage.database.transaction() as connection:
        assert connection.execute(text("select address from email_suppressions")).scalars().all() == [person.email]


@pytest.mark.parametrize("recognises", [True, False])
def test_a_lost_answer_is_asked_for_again_only_where_a_repeat_is_recognised(
    stage: Stage, post: Post, *, recognises: bool
) -> None:
    hear(stage, connect(stage, somebody(stage)))
    post.recognises_repeats, post.fault = recognises, OutcomeUnknown("", retry_after=1)
    mails = DeathMails(stage.database, lambda: post, post.outcomes)
    mails.run()
    later(stage, hours=1)
    post.fault = None
    mails.run()
    assert len(post.keys) == (2 if recognises else 1)
    assert [each[1] for each in records(stage)] == (["sent"] if recognises else ["failed"])


def test_a_key_that_its_provider_has_forgotten_is_not_used_again(stage: Stage, mails: DeathMails, post: Post) -> None:
    hear(stage, connect(stage, somebody(stage)))
    take_and_die(stage)
    later(stage, hours=24)
    assert mails.run() == 1
    assert post.keys == []
    assert [each[1:] for each in records(stage)] == [("failed", "outcome_unknown")]


def test_while_mail_is_down_the_others_wait_and_each_is_mailed_after_it(
    stage: Stage, mails: DeathMails, post: Post
) -> None:
    for _ in range(3):
        hear(stage, connect(stage, somebody(stage)))
    post.fault = Unavailable("", retry_after=1)
    assert mails.run() == 0
    assert len(post.keys) == 1
    assert records(stage) == []
    later(stage, hours=1)
    post.fault = None
    assert mails.run() == 3
    assert len(post.sent) == 3


@pytest.mark.parametrize("fault", [Unavailable("", retry_after=1), InvalidRequest("email", "was refused")])
def test_nobody_is_tried_for_ever(stage: Stage, mails: DeathMails, post: Post, fault: Exception) -> None:
    hear(stage, connect(stage, somebody(stage)))
    stage.change("update destinations set dead_at = now() - interval '24 hours'")
    post.fault = fault
    assert [mails.run(), mails.run()] == [1, 0]
    assert [each[1:] for each in records(stage)] == [("failed", "http_503")]


def test_two_sweeps_at_once_mail_each_owner_once(stage: Stage, mails: DeathMails, post: Post) -> None:
    for _ in range(8):
        hear(stage, connect(stage, somebody(stage)))
    with ThreadPoolExecutor(2) as threads:
        told = sum(threads.map(lambda _: mails.run(), range(2)))
    assert told == len(post.sent) == len(post.keys) == 8


def test_a_run_goes_so_far_and_the_next_goes_on(stage: Stage, mails: DeathMails) -> None:
    person = somebody(stage)
    for _ in range(MOST + 1):
        hear(stage, connect(stage, person))
    assert [mails.run(), mails.run(), mails.run()] == [MOST, 1, 0]


def test_a_mail_that_is_due_keeps_the_sweep_awake_until_it_is_out(stage: Stage, mails: DeathMails) -> None:
    id_ = connect(stage, somebody(stage))
    swept = sweeping(stage.database, stage.queues, stage.clock)
    before = waking(stage)
    swept.run()
    assert waking(stage) == before
    hear(stage, id_)
    swept.run()
    assert waking(stage) == before + 1
    mails.run()
    swept.run()
    assert waking(stage) == before + 1


def waking(stage: Stage) -> int:
    said = stage.queues.client.get_queue_attributes(QueueUrl=stage.queues.urls["wakeup"], AttributeNames=["All"])
    found = said["Attributes"]
    return int(found["ApproximateNumberOfMessages"]) + int(found["ApproximateNumberOfMessagesDelayed"])


def test_the_sweep_as_it_is_wired_mails_through_the_provider(
    stage: Stage, wired: Wired, tmp_path_factory: pytest.TempPathFactory
) -> None:
    person = somebody(stage)
    id_ = connect(stage, person, label="Büro <b>& Co</b>")
    hear(stage, id_)
    with Providers(tmp_path_factory.mktemp("providers"), Options(resend_rate=None)) as running:
        wired.as_function(
            "sweep",
            CHANNELS="webhook",
            RESEND_API_KEY=running.credentials.accounts.resend_api_key,
            RESEND_BASE_URL=running.urls["resend"],
            EMAIL_FROM="Owlpost <owl@owlpost.example>",
            WEB_URL="https://owlpost.example",
        )
        sweep.handler({}, Context())
        sweep.handler({}, Context())
        [mail] = [row for row in running.ledger.accepted() if row["recipient"] == person.email]
    assert "https://owlpost.example/dashboard/profile/destinations" in str(mail)
    assert [each[:2] for each in records(stage)] == [(person.email, "sent")]
