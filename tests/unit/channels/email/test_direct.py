from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from owlpost.channels.email.direct import PATIENCE, SentAtOnce, build
from owlpost.channels.email.message import MailMessage
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import InvalidRequest, Misconfigured, TransientFault
from owlpost.domain.outcomes import Failed, Outcome, Retry, Sent
from owlpost.domain.refusals import Unavailable

INVITATION = {"team": "R&D <Maps>", "inviter": "Ada {0} <b>", "role": "admin", "days": 7}


@dataclass
class Outbox:
    """A MailSender that keeps the messages and answers as it is told."""

    outcome: Outcome = field(default_factory=Sent)
    messages: list[MailMessage] = field(default_factory=list)
    deadline: datetime | None = None

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:
        assert key
        self.messages.extend(messages)
        self.deadline = deadline
        return [self.outcome]


def send(outbox: Outbox) -> None:
    mail = SentAtOnce(outbox, "https://owlpost.example", utc_now)
    mail.send("cy@people.example", "team_invitation", INVITATION, link="/invite/accept?token=abc-_")


def test_an_invitation_names_team_and_inviter_as_text_and_links_to_us() -> None:
    outbox = Outbox()
    send(outbox)
    [message] = outbox.messages
    assert message.mail.subject == "You are invited to a team on Owlmetry"
    assert "“R&D <Maps>”, by “Ada {0} <b>”, as admin." in message.mail.text
    assert "“<bdi>R&amp;D &lt;Maps&gt;</bdi>”, by “<bdi>Ada {0} &lt;b&gt;</bdi>”, as admin." in message.mail.html
    assert 'href="https://owlpost.example/invite/accept?token=abc-_"' in message.mail.html
    assert "https://owlpost.example/invite/accept?token=abc-_" in message.mail.text
    assert outbox.deadline
    assert outbox.deadline - utc_now() <= PATIENCE


def test_no_direct_mail_speaks_of_notification_settings() -> None:
    outbox = Outbox()
    send(outbox)
    SentAtOnce(outbox, "https://owlpost.example", utc_now).send(
        "cy@people.example", "verification_code", {"code": "012345", "minutes": 10}
    )
    for message in outbox.messages:
        assert "settings" not in message.mail.text.lower() + message.mail.html.lower()
        assert "nsubscribe" not in message.mail.text + message.mail.html
    assert "012345" in outbox.messages[-1].mail.text


def test_the_code_is_in_the_subject_where_a_phone_shows_it() -> None:
    outbox = Outbox()
    SentAtOnce(outbox, "https://owlpost.example", utc_now).send(
        "cy@people.example", "verification_code", {"code": "012345", "minutes": 10}
    )
    assert outbox.messages[-1].mail.subject == "012345 is your code to sign in"


def test_mail_that_is_down_is_a_thing_to_try_again() -> None:
    with pytest.raises(Unavailable):
        send(Outbox(Retry(TransientFault("http_503"))))


def test_an_address_that_is_refused_for_good_is_named() -> None:
    with pytest.raises(InvalidRequest, match="email"):
        send(Outbox(Failed("validation_error")))


def test_mail_is_printed_where_no_key_is_set_and_never_half_configured() -> None:
    build({}).send("cy@people.example", "verification_code", {"code": "012345", "minutes": 10})
    with pytest.raises(Misconfigured, match="WEB_URL"):
        build({"RESEND_API_KEY": "re_key", "EMAIL_FROM": "Owl <owl@people.example>"})
