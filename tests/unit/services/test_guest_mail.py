"""Codes, invitations and alerts of a staging installation reach its guests, and nobody else."""

from typing import Any

from owlpost.domain.guest_list import GuestList
from owlpost.services.guest_mail import MailToGuests
from tests.support.log_reading import logged


class Outbox:
    def __init__(self) -> None:
        self.to: list[str] = []

    recognises_repeats = False

    def send(self, to: str, *_mail: Any, **_kept: Any) -> None:
        self.to.append(to)


def test_a_guest_gets_the_mail_and_nobody_else_does() -> None:
    outbox = Outbox()
    mail = MailToGuests(outbox, GuestList.parse("@example.org"))
    with logged() as log:
        mail.send("ada@example.org", "sign_in_code", {"code": "482913"})
        mail.send("bob@example.com", "sign_in_code", {"code": "482913"})
    assert outbox.to == ["ada@example.org"]
    line = log.one("direct mail skipped")
    assert (line["template"], line["reason"]) == ("sign_in_code", "not_on_guest_list")
    assert "482913" not in str(line)
    assert "bob" not in str(line)
