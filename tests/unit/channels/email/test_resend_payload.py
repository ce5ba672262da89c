"""What goes to Resend: one call for a batch, with the same bytes at each attempt."""

from datetime import timedelta
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.email.channel import EmailChannel
from owlpost.channels.email.message import Mail, MailMessage
from owlpost.channels.email.pacing import Pacer
from owlpost.channels.email.render import MailRenderer
from owlpost.channels.email.resend import ResendSender
from owlpost.domain.outcomes import Sent
from tests.support.mails import NOON, InMemory, Recorder, batch, delivery, notification, outcomes, resend_sender

MESSAGE = MailMessage("ada@example.org", Mail("R&D", "<p>Hi</p>", "Hi", headers={"X-Owlpost-Delivery": "1"}))


def test_a_call_carries_the_key_the_idempotency_key_and_permissive_validation() -> None:
    resend = Recorder()
    outcomes = resend_sender(resend, reply_to="help@example.org").send(
        [MESSAGE], key="batch-1", deadline=NOON + timedelta(20)
    )
    [request] = resend.requests
    assert outcomes == [Sent({"provider_id": "0"})]
    assert request.url == "https://resend.test/emails/batch"
    assert request.headers["Authorization"] == "Bearer re_key"
    assert request.headers["Idempotency-Key"] == "batch-1"
    assert request.headers["x-batch-validation"] == "permissive"
    assert resend.mails == [
        {
            "from": "Owlmetry <owl@example.org>",
            "to": ["ada@example.org"],
            "subject": "R&D",
            "html": "<p>Hi</p>",
            "text": "Hi",
            "headers": {"X-Owlpost-Delivery": "1"},
            "reply_to": "help@example.org",
        }
    ]


def test_a_path_in_the_base_address_is_kept() -> None:
    resend = Recorder()
    through_proxy = ResendSender(
        api_key="re_key",
        base_url="https://proxy.test/resend",
        pacer=Pacer(2.0),
        sender="owl@example.org",
        http=InMemory(resend),
        now=lambda: NOON,
    )
    through_proxy.send([MESSAGE], key="k", deadline=NOON + timedelta(seconds=20))
    assert resend.requests[0].url == "https://proxy.test/resend/emails/batch"


TEXT = st.text(max_size=200)
DATA = st.dictionaries(
    st.sampled_from(["issues", "issue_count", "status", "error", "dashboard_url"]), TEXT | st.integers()
)


@given(
    content=st.lists(st.tuples(st.sampled_from(["issue.digest", "job.completed", "app.review_new"]), TEXT, TEXT, DATA)),
)
def test_a_frozen_batch_makes_the_same_payload_on_every_attempt_and_in_every_container(
    content: list[tuple[str, str, str, dict[str, object]]],
) -> None:
    frozen = batch(
        delivery(),
        *(delivery(of=notification(type_, title=title, body=body, data=data)) for type_, title, body, data in content),
        id_=uuid4(),
    )
    attempts = [Recorder(), Recorder()]
    for resend in attempts:
        render = MailRenderer("https://owl.example.com", "a secret of some length")
        outcomes(EmailChannel(sender=resend_sender(resend), render=render), frozen)
    first, second = (resend.requests[0] for resend in attempts)
    assert first.body == second.body
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == str(frozen.id)
