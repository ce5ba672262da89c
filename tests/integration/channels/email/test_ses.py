"""The e-mail channel through Amazon SES, over botocore's wire: what SES took is what people got, and nobody gets it twice."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.providers.ses_catalogue import REFUSALS
from owlpost.channels.email.channel import EmailChannel, build
from owlpost.channels.provider_answer import Meaning
from owlpost.domain.outcomes import Failed, Sent
from owlpost.sandbox import Sandbox
from tests.support.mail_channel import fault, send, to, worker
from tests.support.mails import delivery, notification
from tests.support.ses_server import SECTION, Ses, amazon_ses, signed_in_at
from tests.support.stage import Stage


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ses]:
    with amazon_ses() as running:
        signed_in_at(running, monkeypatch)
        yield running


@pytest.fixture
def channel(ses: Ses) -> Iterator[EmailChannel]:
    with Sandbox(), closing(build(SECTION)) as built:
        yield built


def test_a_person_gets_the_mail_as_it_was_written(ses: Ses, channel: EmailChannel) -> None:
    sent = delivery("ada@people.example", of=notification(title="R&D 🦉", body="one\ntwo"))
    assert send(channel, sent) == [Sent({"provider_id": ses.ids[0]})]
    [request] = ses.taken
    content = request["Content"]["Simple"]
    assert content["Subject"] == {"Data": "R&D 🦉", "Charset": "UTF-8"}
    assert "one\ntwo" in content["Body"]["Text"]["Data"]
    assert "R&amp;D 🦉" in content["Body"]["Html"]["Data"]
    assert {"Name": "X-Owlpost-Delivery", "Value": str(sent.id)} in content["Headers"]
    assert request["EmailTags"] == [{"Name": "delivery", "Value": str(sent.id)}]
    assert (request["FromEmailAddress"], request["ReplyToAddresses"], request["ConfigurationSetName"]) == (
        *("Owlmetry <owl@owls.example>", ["help@owls.example"]),
        "owlpost",
    )


def of(*meanings: Meaning) -> list[str]:
    return [name for name, refused in REFUSALS.items() if refused.meaning in meanings]


@pytest.mark.parametrize("name", of(Meaning.REFUSED))
def test_a_mail_that_is_refused_fails_alone(ses: Ses, channel: EmailChannel, name: str) -> None:
    ses.refusals["eve@"] = refused = REFUSALS[name]
    ada, eve, bob = send(channel, *to("ada", "eve", "bob"))
    assert eve == Failed("ses_refused", {"message": refused.message} if refused.message else {})
    assert isinstance(ada, Sent)
    assert isinstance(bob, Sent)


@pytest.mark.parametrize("name", of(Meaning.OPERATOR))
def test_what_the_operator_has_to_mend_pauses_ses_and_costs_no_mail(ses: Ses, channel: EmailChannel, name: str) -> None:
    ses.refusals["@"] = REFUSALS[name]
    faults = [fault(each) for each in send(channel, *to("ada", "eve"))]
    reason = "ses_daily_quota" if name == "daily_quota" else "ses_not_allowed"
    assert [(each.reason, each.counts, each.misconfigured, each.ambiguous) for each in faults] == [
        (reason, False, True, False)
    ] * 2


@pytest.mark.parametrize("name", of(Meaning.TOO_FAST, Meaning.PASSES))
def test_what_passes_is_tried_again_and_nothing_is_in_doubt(ses: Ses, channel: EmailChannel, name: str) -> None:
    ses.refusals["@"] = refused = REFUSALS[name]
    found = fault(send(channel, *to("ada"))[0])
    fast = refused.meaning is Meaning.TOO_FAST
    reason = "rate_limited" if fast else f"http_{refused.status}"
    assert (found.reason, found.counts, found.ambiguous) == (reason, not fast, False)
    assert found.server_error is (refused.status >= 500)


def test_botocore_does_not_repeat_a_call_whose_answer_was_lost(ses: Ses, channel: EmailChannel) -> None:
    ses.hang_up = True
    found = fault(send(channel, *to("ada"))[0])
    assert (found.reason, found.ambiguous) == ("answer_lost", True)
    assert ses.mailed() == ["ada@people.example"]


def test_a_service_that_is_away_was_told_nothing(monkeypatch: pytest.MonkeyPatch, ses: Ses) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:9")
    with Sandbox():
        assert fault(send(build(SECTION), *to("ada"))[0]).ambiguous is False


def test_without_time_for_a_call_none_is_made(ses: Ses, channel: EmailChannel) -> None:
    found = fault(send(channel, *to("ada"), seconds=5)[0])
    assert (found.counts, found.ambiguous) == (False, False)
    assert ses.taken == []


def test_a_worker_beside_another_keeps_to_half_of_what_ses_allows(ses: Ses) -> None:
    rate = 4.0
    section = {**SECTION, "SES_MAILS_PER_SECOND": str(rate), "DELIVERY_OTHER_WORKERS": "1"}
    with Sandbox(), closing(build(section)) as channel:
        began = time.monotonic()
        send(channel, *to("ada", "bob", "eve"))
    assert len(ses.taken) == 3
    assert time.monotonic() - began >= 2 / (rate / 2)


def test_a_mail_in_doubt_is_never_sent_again_by_itself(stage: Stage, ses: Ses, channel: EmailChannel) -> None:
    [id_] = stage.tell()
    by = worker(stage, channel)
    ses.hang_up = True
    for _ in range(3):
        by.deliver([id_], deadline=datetime.now(UTC) + timedelta(seconds=30))
        stage.clock.advance(seconds=120)
        ses.hang_up = False
    assert (stage.row(id_)["status"], stage.row(id_)["error"]) == ("failed", "outcome_unknown")
    assert len(ses.taken) == 1
