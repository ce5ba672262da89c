"""What a provider reports of a code or an invitation changes the row that an operator sees, and never says what was in it."""

import json
from typing import Any

import pytest

from functions import operate
from owlpost.domain.outcomes import Sent
from tests.integration.delivery.test_provider_events import SECRETS, Webhook, hard_bounce
from tests.integration.operator.test_direct_mails import mail
from tests.support.people import add_person
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

ADA = "ada@people.example"


@pytest.fixture
def mailed(stage: Stage, wired: Wired) -> Stage:
    """A code for Ada, and one for Bo, that their provider accepted."""
    for name in ("ada", "bo"):
        mail(stage.database, Sent({"provider_id": f"re-{name}"}), f"{name}@people.example")
    wired.as_function("provider_events", RESEND_WEBHOOK_SECRETS=", ".join(SECRETS))
    return stage


def reported(kind: str, **data: object) -> None:
    answer = Webhook(kind, ADA, {"email_id": "re-ada", **data}).post()
    assert answer["statusCode"] == 200, answer


def asked(wired: Wired, command: str, **more: object) -> Any:
    wired.as_function("operate")
    return json.loads(json.dumps(operate.handler({"command": command, **more}, Context())))


def ended(wired: Wired) -> dict[str, tuple[str, str | None]]:
    """Return status and reason of each mail by its recipient."""
    listed = asked(wired, "deliveries", type="verification_code")
    return {each["recipient"].partition("@")[0]: (each["status"], each["error"]) for each in listed}


def sentences(wired: Wired) -> str:
    (ada,) = asked(wired, "deliveries", user=ADA)
    return " ".join(asked(wired, "explain_delivery", delivery_id=ada["id"])["sentences"])


def test_a_mail_that_failed_after_it_was_accepted_says_so_and_no_other_does(mailed: Stage, wired: Wired) -> None:
    reported("email.failed", failed={"reason": "reached_daily_quota"})
    assert ended(wired) == {"ada": ("failed", "failed_after_acceptance"), "bo": ("sent", None)}
    assert "It ended failed: the provider accepted the mail" in sentences(wired)
    assert "Its provider reported failed after acceptance, 2026-11-22" in sentences(wired)
    assert "reached_daily_quota" in sentences(wired)


def test_one_that_the_provider_kept_back_was_not_sent(mailed: Stage, wired: Wired) -> None:
    reported("email.suppressed")
    assert ended(wired)["ada"] == ("skipped", "suppressed")


@pytest.mark.parametrize(
    ("kind", "data", "word"),
    [
        ("email.bounced", {"bounce": {"type": "Permanent", "message": "No such user"}}, "bounced"),
        ("email.bounced", {"bounce": {"type": "Transient", "message": "No such user"}}, "bounced for now"),
        ("email.complained", {}, "complained"),
        ("email.delivered", {}, "delivered"),
    ],
)
def test_one_that_went_out_stays_sent_and_explain_tells_what_became_of_it(
    mailed: Stage, wired: Wired, kind: str, data: dict[str, object], word: str
) -> None:
    reported(kind, **data)
    assert ended(wired)["ada"] == ("sent", None)
    assert f"Its provider reported {word}, 2026-11-22" in sentences(wired)
    assert ("No such user" in sentences(wired)) is bool(data)


@pytest.mark.parametrize("order", [("email.failed", "email.delivered"), ("email.delivered", "email.failed")])
def test_events_come_in_any_order_and_one_that_was_delivered_stays_sent(
    mailed: Stage, wired: Wired, order: tuple[str, str]
) -> None:
    for kind in order:
        reported(kind)
    assert ended(wired)["ada"] == ("sent", None)


def test_an_event_about_a_delivery_leaves_direct_mails_alone(mailed: Stage, wired: Wired) -> None:
    (delivery,) = mailed.tell()
    reported("email.failed", tags={"delivery": str(delivery)})
    assert ended(wired)["ada"] == ("sent", None)


def test_a_bounce_of_a_code_is_exported_with_its_person_and_gone_once_they_are_erased(
    mailed: Stage, wired: Wired
) -> None:
    with mailed.database.transaction() as connection:
        add_person(connection, email=ADA)
    hard_bounce(ADA, data={"email_id": "re-ada"}).post()
    (row,) = asked(wired, "export_person", user=ADA)["tables"]["direct_mails"]
    assert row["provider_events"]["bounced"]["message"] == "No such user"
    asked(wired, "erase_person", user=ADA)
    assert ended(wired) == {"bo": ("sent", None)}
