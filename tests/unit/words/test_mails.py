"""The same mails in German: nothing English is left in them but what somebody wrote."""

import re
from dataclasses import replace

import pytest

from infra.local.preview.specimens import DIRECT, THEN, WEB, Kept
from infra.local.preview.states import STATES
from owlpost.channels.chat_text import Wording
from owlpost.channels.email.direct import SentAtOnce
from owlpost.channels.email.render import MailRenderer
from owlpost.channels.slack.message import content
from owlpost.channels.telegram.message import chat_message
from owlpost.domain.gathered import as_one
from owlpost.domain.types import configurable_types
from tests.support.mails import delivery, notification

#: Words of every English mail that no German one has.
ENGLISH = re.compile(r"\b(the|you|your|this|open|and|of|with|not|see|settings|was|is|to)\b", re.IGNORECASE)


def german(mail_text: str) -> None:
    assert not (found := ENGLISH.search(mail_text)), found


@pytest.mark.parametrize("kind", configurable_types(), ids=lambda kind: kind.key)
def test_a_mail_of_every_type_is_german_for_who_reads_german(kind: object) -> None:
    told = notification(kind.key, title="Titel", body="Inhalt")  # type: ignore[attr-defined]
    mail = MailRenderer(WEB, "a secret of some length")(replace(delivery(), notification=told, locale="de-AT"))
    german(re.sub(r"https?://\S+", "", mail.text))
    assert '<html lang="de">' in mail.html
    assert "Diese Mails abbestellen" in mail.html


def test_what_was_gathered_in_quiet_hours_is_told_in_the_persons_language() -> None:
    told = [notification("feedback.new", title=f"Titel {n}", body=None) for n in range(7)]
    one = as_one(replace(delivery(), locale="de"), told[0].id, told)
    assert one.notification.title == "7 Benachrichtigungen aus deiner Ruhezeit"
    assert str(one.notification.body).endswith("und 2 weitere")
    german(re.sub(r"https?://\S+", "", MailRenderer(WEB)(one).text))


@pytest.mark.parametrize("template", sorted(DIRECT.keys() - {"job_alert"}))
def test_a_direct_mail_is_german_for_who_reads_german(template: str) -> None:
    kept = Kept()
    values, link = DIRECT[template]
    ordinary = next(state for state in STATES if state.key == "ordinary")
    SentAtOnce(kept, WEB, lambda: THEN).send("a@b.example", template, values(ordinary.words), link=link, locale="de")
    [message] = kept.messages
    german(re.sub(r"https?://\S+", "", f"{message.mail.subject}\n{message.mail.text}"))


def test_a_chats_button_is_in_the_persons_language() -> None:
    told = replace(delivery(), locale="de")
    assert "Öffnen" in chat_message(told, WEB).decode()
    assert "Ändern, was hier gemeldet wird" in str(content(told, Wording(WEB)))
