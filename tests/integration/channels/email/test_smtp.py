"""The e-mail channel by SMTP, over real connections: what the server took is what people got, and nobody gets it twice."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from infra.local.providers.smtp_catalogue import REPLIES
from owlpost.channels.email.channel import EmailChannel, build
from owlpost.channels.provider_answer import Meaning
from owlpost.domain.errors import TransientFault
from owlpost.domain.messages import DeliveryBatch
from owlpost.domain.outcomes import Failed, Retry, Sent
from owlpost.services.delivery.attempt import DeliveryWorker
from tests.support.mail_channel import fault, send, to, worker
from tests.support.mails import delivery, notification
from tests.support.smtp_server import PostOffice, post_office
from tests.support.stage import Stage


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    with post_office(tmp_path) as running:
        yield running


@pytest.fixture
def channel(office: PostOffice) -> Iterator[EmailChannel]:
    with closing(build(office.settings())) as built:
        yield built


def test_a_person_gets_the_mail_as_it_was_written(office: PostOffice, channel: EmailChannel) -> None:
    sent = delivery("ada@people.example", of=notification(title="R&D 🦉", body=".a line with a dot\n..\ntwo"))
    [outcome] = send(channel, sent)
    assert outcome == Sent({"provider_id": "2.0.0 queued as 1"})
    [mail] = office.taken
    assert (mail["Subject"], mail["To"], mail["From"]) == (
        *("R&D 🦉", "ada@people.example"),
        "Owlmetry <owl@owls.example>",
    )
    assert mail["Message-ID"] == f"<{sent.id}@owls.example>"
    assert mail["X-Owlpost-Delivery"] == str(sent.id)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    assert ".a line with a dot\n..\ntwo" in text.get_content().replace("\r\n", "\n")
    assert "R&amp;D 🦉" in html.get_content()


def test_mails_share_a_connection_and_a_dead_one_is_replaced(office: PostOffice, channel: EmailChannel) -> None:
    assert all(isinstance(each, Sent) for each in send(channel, *to("ada", "eve")))
    assert all(isinstance(each, Sent) for each in send(channel, *to("bob")))
    assert office.connections == 1
    office.hang_up = "RCPT"
    assert fault(send(channel, *to("ada"))[0]).ambiguous is False
    office.hang_up = ""
    assert all(isinstance(each, Sent) for each in send(channel, *to("zoe")))
    assert office.mailed() == [f"{name}@people.example" for name in ("ada", "eve", "bob", "zoe")]


def of(*meanings: Meaning) -> list[str]:
    return [name for name, reply in REPLIES.items() if reply.meaning in meanings]


@pytest.mark.parametrize("name", of(Meaning.REFUSED, Meaning.DEAD))
def test_a_mail_that_is_refused_fails_alone(office: PostOffice, channel: EmailChannel, name: str) -> None:
    reply = REPLIES[name]
    office.replies[reply.phase, "eve@"] = reply.text
    ada, eve, bob = send(channel, *to("ada", "eve", "bob"))
    assert isinstance(eve, Failed)
    reason = "smtp_no_mailbox" if reply.meaning is Meaning.DEAD else "smtp_refused"
    assert (eve.reason, eve.metadata["message"]) == (reason, reply.text)
    assert isinstance(ada, Sent)
    assert isinstance(bob, Sent)


@pytest.mark.parametrize("name", of(Meaning.PASSES, Meaning.TOO_FAST))
def test_what_passes_is_tried_again_and_nothing_is_in_doubt(
    office: PostOffice, channel: EmailChannel, name: str
) -> None:
    reply = REPLIES[name]
    office.replies[reply.phase, "@"] = reply.text
    found = fault(send(channel, *to("ada"))[0])
    counts = reply.meaning is Meaning.PASSES
    assert (found.reason, found.counts, found.ambiguous) == ("smtp_busy", counts, False)
    office.replies.clear()
    assert isinstance(send(channel, *to("ada"))[0], Sent)


@pytest.mark.parametrize("name", of(Meaning.OPERATOR))
def test_a_reply_about_our_login_or_sender_pauses_the_server_and_costs_no_mail(
    office: PostOffice, channel: EmailChannel, name: str
) -> None:
    reply = REPLIES[name]
    office.replies[reply.phase, "@"] = reply.text
    faults = [fault(each) for each in send(channel, *to("ada", "eve"))]
    assert [(each.reason, each.counts, each.misconfigured, each.ambiguous) for each in faults] == [
        ("smtp_sender_refused", False, True, False)
    ] * 2
    assert office.taken == []


@pytest.mark.parametrize("phase", ["MAIL", "RCPT"])
def test_a_connection_that_breaks_before_the_content_leaves_nothing_in_doubt(
    office: PostOffice, channel: EmailChannel, phase: str
) -> None:
    office.hang_up = phase
    faults = [fault(each) for each in send(channel, *to("ada", "eve"))]
    assert [(each.reason, each.ambiguous) for each in faults] == [("unreachable", False)] * 2
    assert office.taken == []


def test_a_connection_that_breaks_after_the_content_leaves_that_mail_in_doubt_alone(
    office: PostOffice, channel: EmailChannel
) -> None:
    office.hang_up = "END"
    ada, eve = (fault(each) for each in send(channel, *to("ada", "eve")))
    assert (ada.reason, ada.ambiguous) == ("answer_lost", True)
    assert eve.ambiguous is False
    assert office.mailed() == ["ada@people.example"]


def test_an_answer_that_comes_too_late_is_no_answer(office: PostOffice, channel: EmailChannel) -> None:
    office.late = 15
    assert fault(send(channel, *to("ada"), seconds=9)[0]).ambiguous


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"SMTP_PASSWORD": "wrong"}, "smtp_login_refused"),
        ({"SMTP_CA_FILE": ""}, "smtp_no_tls"),
        ({"SMTP_HOST": "127.0.0.1", "SMTP_TLS": "implicit"}, "unreachable"),
    ],
)
def test_what_the_operator_has_to_mend_costs_no_mail(office: PostOffice, changes: dict[str, str], reason: str) -> None:
    with closing(build(office.settings(**changes))) as channel:
        faults = [fault(each) for each in send(channel, *to("ada", "eve"))]
    ours = reason != "unreachable"
    assert [(each.reason, each.misconfigured, each.ambiguous) for each in faults] == [(reason, ours, False)] * 2
    assert office.taken == []


def test_a_sender_that_the_server_refuses_pauses_it(office: PostOffice, channel: EmailChannel) -> None:
    office.replies["MAIL", "@"] = "553 5.7.1 not your address"
    sent = to("ada")
    batch = DeliveryBatch(uuid4(), tuple(sent), datetime.now(UTC) + timedelta(seconds=20))
    report = channel.deliver(batch, {each.id: channel.render(each) for each in sent})
    assert report.providers == {"smtp": "smtp_sender_refused"}


def test_a_server_without_tls_is_sent_nothing(tmp_path: Path) -> None:
    with post_office(tmp_path, tls=False) as office, closing(build(office.settings())) as channel:
        assert fault(send(channel, *to("ada"))[0]).reason == "smtp_no_tls"
        assert office.taken == []


# The pipeline with a sender that would not recognise a repeat


def work(stage: Stage, by: DeliveryWorker) -> None:
    """Let the worker have all that is pending, some times over."""
    for _ in range(3):
        by.deliver(stage.pending("email"), deadline=datetime.now(UTC) + timedelta(seconds=25))
        stage.clock.advance(seconds=120)


def test_a_mail_in_doubt_is_never_sent_again_by_itself(stage: Stage, office: PostOffice, channel: EmailChannel) -> None:
    ids = stage.tell(3)
    office.hang_up = "END"
    by = worker(stage, channel)
    by.deliver(ids, deadline=datetime.now(UTC) + timedelta(seconds=25))
    office.hang_up = ""
    stage.clock.advance(seconds=120)
    work(stage, by)
    rows = [stage.row(each) for each in ids]
    assert sorted((row["status"], row["error"]) for row in rows) == [
        ("failed", "outcome_unknown"),
        *[("sent", None)] * 2,
    ]
    assert len(office.mailed()) == len(set(office.mailed())) == 3


def test_what_a_dead_worker_left_is_unknown_and_not_sent(
    stage: Stage, office: PostOffice, channel: EmailChannel
) -> None:
    [id_] = stage.tell()
    stage.change(
        "update notification_deliveries set lease_id = :lease, leased_until = now() - interval '1 second' where id = :id",
        lease=uuid4(),
        id=id_,
    )
    work(stage, worker(stage, channel))
    assert (stage.row(id_)["status"], stage.row(id_)["error"]) == ("failed", "outcome_unknown")
    assert office.taken == []


def test_a_batch_that_another_sender_had_in_doubt_is_not_sent_by_this_one(
    stage: Stage, office: PostOffice, channel: EmailChannel
) -> None:
    doubt = TransientFault("answer_lost", ambiguous=True)
    stage.adapter.script = lambda _delivery: Retry(doubt)
    ids = stage.tell(2)
    stage.deliver(ids)
    stage.clock.advance(seconds=120)
    work(stage, worker(stage, channel))
    assert {(stage.row(each)["status"], stage.row(each)["error"]) for each in ids} == {("failed", "outcome_unknown")}
    assert office.taken == []


def test_a_fault_in_which_nothing_is_in_doubt_is_tried_again(
    stage: Stage, office: PostOffice, channel: EmailChannel
) -> None:
    ids = stage.tell(12)
    office.hang_up = "RCPT"
    by = worker(stage, channel)
    by.deliver(ids, deadline=datetime.now(UTC) + timedelta(seconds=25))
    office.hang_up = ""
    stage.clock.advance(seconds=120)
    work(stage, by)
    assert {stage.row(each)["status"] for each in ids} == {"sent"}
    assert len(office.mailed()) == len(set(office.mailed())) == 12
    assert {stage.row(each)["batch_id"] for each in ids} == {None}


SUPPRESSED = text("select address, reason, detail ->> 'diagnostic' from email_suppressions")


def suppressed(stage: Stage) -> list[tuple[str, str, str]]:
    with stage.database.transaction() as connection:
        return [tuple(row) for row in connection.execute(SUPPRESSED)]


@pytest.mark.parametrize("name", of(Meaning.DEAD))
def test_an_address_whose_server_knows_no_such_mailbox_gets_no_more_mail(
    stage: Stage, office: PostOffice, channel: EmailChannel, name: str
) -> None:
    ids = stage.tell(2)
    with stage.database.transaction() as connection:
        emails = connection.execute(text("select lower(email) from users order by email")).scalars().all()
    office.replies["RCPT", emails[0]] = REPLIES[name].text
    by = worker(stage, channel)
    work(stage, by)
    assert sorted((stage.row(each)["status"], stage.row(each)["error"]) for each in ids) == [
        ("failed", "smtp_no_mailbox"),
        ("sent", None),
    ]
    assert suppressed(stage) == [(emails[0], "bounced", REPLIES[name].text)]
    office.replies.clear()
    stage.change(
        "update notification_deliveries set status = 'pending', error = null, batch_id = null, batched_at = null"
        " where status = 'failed'"
    )
    work(stage, by)
    assert sorted(stage.row(each)["error"] or "" for each in ids) == ["", "suppressed"]


def test_an_address_whose_server_refuses_a_mail_gets_the_next(
    stage: Stage, office: PostOffice, channel: EmailChannel
) -> None:
    (refused,) = stage.tell()
    office.replies["DATA", "@"] = REPLIES["policy"].text
    work(stage, worker(stage, channel))
    assert (stage.row(refused)["error"], suppressed(stage)) == ("smtp_refused", [])
