"""What Resend tells us of mails, from the signed request to the rows and to what an operator sees."""

import base64
import itertools
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from functions import operate, provider_events
from infra.cli.main import main
from owlpost.domain.errors import Misconfigured
from owlpost.domain.outcomes import Failed, Sent
from owlpost.domain.webhooks import Envelope
from owlpost.keyed_hashes import CodeHashes
from tests.support.log_reading import logged
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

SECRETS = ["whsec_" + base64.b64encode(word * 24).decode() for word in (b"n", b"o")]

REQUEST_ID, SOURCE = "KJ4HsQuQjoEEMdw=", "203.0.113.9"


@pytest.fixture(autouse=True)
def listening(wired: Wired) -> None:
    wired.as_function("provider_events", RESEND_WEBHOOK_SECRETS=", ".join(SECRETS))


@dataclass
class Webhook:
    """An event as Resend sends it; a test says what it does otherwise."""

    type: str
    to: str
    data: dict[str, object] = field(default_factory=dict)
    id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")
    secret: str = SECRETS[0]
    age: int = 0

    def post(self, *, base64_encoded: bool = False, **headers: str) -> dict[str, Any]:
        body = json.dumps(
            {"type": self.type, "created_at": "2026-11-22T23:41:12.126Z", "data": {"to": [self.to], **self.data}}
        ).encode()
        envelope = Envelope(self.id, str(int(time.time()) - self.age))
        signed = {
            "svix-id": envelope.id,
            "svix-timestamp": envelope.timestamp,
            "svix-signature": envelope.sign(body, self.secret),
        }
        return request(
            base64.b64encode(body).decode() if base64_encoded else body.decode(),
            signed | {name.replace("_", "-"): value for name, value in headers.items()},
            base64_encoded=base64_encoded,
        )


def request(
    body: str, headers: Mapping[str, str], *, method: str = "POST", base64_encoded: bool = False
) -> dict[str, Any]:
    event = {
        "requestContext": {
            "requestId": REQUEST_ID,
            "http": {"method": method, "path": "/v1/webhooks/resend", "sourceIp": SOURCE},
        },
        "headers": dict(headers),
        "body": body,
        "isBase64Encoded": base64_encoded,
    }
    return provider_events.handler(event, Context())


def hard_bounce(to: str, **more: Any) -> Webhook:
    data = {"bounce": {"type": "Permanent", "subType": "General", "message": "No such user"}, **more.pop("data", {})}
    return Webhook("email.bounced", to, data, **more)


def sent_mail(stage: Stage) -> tuple[UUID, str]:
    """A mail that the provider took, and where it went."""
    (delivery_id,) = stage.tell()
    stage.deliver([delivery_id])
    return delivery_id, str(stage.row(delivery_id)["address"])


def suppressed(stage: Stage) -> dict[str, str]:
    with stage.database.transaction() as connection:
        rows = connection.execute(text("select address, reason from email_suppressions"))
        return {row.address: row.reason for row in rows}


def operator(wired: Wired, command: str, **arguments: object) -> Any:
    wired.as_function("operate")
    return json.loads(json.dumps(operate.handler({"command": command, **arguments}, Context())))


@pytest.mark.parametrize("base64_encoded", [False, True])
def test_after_a_hard_bounce_no_more_mail_goes_to_the_address(stage: Stage, base64_encoded: bool) -> None:  # noqa: FBT001 (a row of the table above)
    (later,) = stage.tell()
    address = "Ada@Example.com"
    stage.change("update users set email = :address", address=address)
    assert hard_bounce(address.upper()).post(base64_encoded=base64_encoded)["statusCode"] == 200
    assert suppressed(stage) == {address.lower(): "bounced"}
    stage.deliver([later])
    assert (stage.row(later)["status"], stage.row(later)["error"]) == ("skipped", "suppressed")


def test_a_bounce_is_in_its_deliverys_history(stage: Stage) -> None:
    delivery_id, address = sent_mail(stage)
    hard_bounce(address, data={"tags": {"delivery": str(delivery_id)}}).post()
    row = stage.row(delivery_id)
    assert row["status"] == "sent"
    assert row["attempt_metadata"]["provider_events"]["bounced"]["message"] == "No such user"


def test_a_complaint_and_resends_own_list_suppress_and_a_soft_bounce_does_not(stage: Stage) -> None:
    Webhook("email.complained", "ada@example.com").post()
    Webhook("suppression.added", "", {"to": [], "email": "Bo@Example.com", "origin": "manual"}).post()
    Webhook("email.bounced", "cy@example.com", {"bounce": {"type": "Transient", "message": "Mailbox full"}}).post()
    Webhook("email.opened", "di@example.com").post()
    assert suppressed(stage) == {"ada@example.com": "complained", "bo@example.com": "suppressed_by_provider"}


def test_the_first_reason_stands(stage: Stage) -> None:
    hard_bounce("ada@example.com").post()
    Webhook("email.complained", "ada@example.com").post()
    assert suppressed(stage) == {"ada@example.com": "bounced"}


def test_a_delivered_mail_is_in_its_deliverys_history_and_told_by_explain(stage: Stage, wired: Wired) -> None:
    delivery_id, address = sent_mail(stage)
    delivered = Webhook("email.delivered", address, {"tags": {"delivery": str(delivery_id)}})
    for _ in range(2):
        assert delivered.post()["statusCode"] == 200
    row = stage.row(delivery_id)
    assert row["attempt_metadata"]["provider_events"] == {"delivered": {"at": "2026-11-22T23:41:12.126000+00:00"}}
    assert len(row["attempt_metadata"]["history"]) == 1
    sentences = operator(wired, "explain_delivery", delivery_id=str(delivery_id))["sentences"]
    assert "2026-11-22 23:41:12 UTC: the recipient's mail server took it." in sentences


def test_what_is_told_while_a_worker_still_has_the_mail_is_not_lost(stage: Stage) -> None:
    (delivery_id,) = stage.tell()

    def told_at_once(_delivery: object) -> Sent:
        Webhook("email.delivered", "ada@example.com", {"tags": {"delivery": str(delivery_id)}}).post()
        return Sent({"provider_id": "p1"})

    stage.adapter.script = told_at_once
    stage.deliver([delivery_id])
    metadata = stage.row(delivery_id)["attempt_metadata"]
    assert metadata.keys() == {"provider_events", "history", "provider_id"}


def test_a_mail_of_unknown_outcome_that_was_delivered_counts_as_sent(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Failed("outcome_unknown")
    stage.deliver([delivery_id])
    Webhook("email.delivered", "ada@example.com", {"tags": {"delivery": str(delivery_id)}}).post()
    assert (stage.row(delivery_id)["status"], stage.row(delivery_id)["error"]) == ("sent", None)


def test_an_event_of_a_mail_that_is_no_delivery_is_taken(stage: Stage) -> None:
    assert Webhook("email.delivered", "ada@example.com").post()["statusCode"] == 200
    gone: dict[str, object] = {"tags": {"delivery": str(uuid4())}}
    assert Webhook("email.delivered", "ada@example.com", gone).post()["statusCode"] == 200


@pytest.mark.parametrize(
    "forged",
    [
        lambda: hard_bounce("ada@example.com", secret="whsec_" + base64.b64encode(b"forged").decode()).post(),
        lambda: hard_bounce("ada@example.com").post(svix_signature=""),
        lambda: hard_bounce("ada@example.com").post(svix_id="msg_other"),
        lambda: hard_bounce("ada@example.com", age=301).post(),
        lambda: hard_bounce("ada@example.com", age=-360).post(),  # as time passes, a second ahead would be none
        lambda: request("{}", {}),
    ],
    ids=["another secret", "unsigned", "another id", "stale", "from the future", "bare"],
)
def test_what_is_forged_or_stale_is_refused_and_changes_nothing(stage: Stage, forged: Any) -> None:
    answer = forged()
    assert answer["statusCode"] == 401
    assert json.loads(answer["body"]) == {"error": "Invalid webhook signature."}
    assert answer["headers"]["cache-control"] == "no-store"
    assert suppressed(stage) == {}


def test_a_secret_that_is_being_replaced_still_serves(stage: Stage) -> None:
    assert hard_bounce("ada@example.com", secret=SECRETS[1]).post()["statusCode"] == 200
    assert suppressed(stage) == {"ada@example.com": "bounced"}


def test_only_post_is_taken() -> None:
    assert request("", {}, method="GET")["statusCode"] == 405


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "null", '{"type": null}', "[" * 50_000])
def test_what_is_signed_is_taken_whatever_it_is(stage: Stage, capsys: pytest.CaptureFixture[str], body: str) -> None:
    """Resend repeats anything but a 2xx for 27 hours, and reports the endpoint as broken."""
    envelope = Envelope("msg_nonsense", str(int(time.time())))
    headers = {
        "svix-id": envelope.id,
        "svix-timestamp": envelope.timestamp,
        "svix-signature": envelope.sign(body.encode(), SECRETS[0]),
    }
    assert request(body, headers)["statusCode"] == 200
    assert "WebhookNotUnderstood" in capsys.readouterr().out
    assert suppressed(stage) == {}


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("inbox.email.received", {"to": None, "email": {"id": "7"}, "thread": {"id": "8"}}),
        ("email.received", {"attachments": [], "cc": []}),
        ("contact.updated", {"email": "ada@example.com", "unsubscribed": True}),
        ("domain.updated", {"records": []}),
        ("email.scheduled", {}),
        ("something.new", {"to": "ada@example.com"}),
    ],
)
def test_an_event_that_is_not_ours_is_taken_and_changes_nothing(
    stage: Stage, type_: str, data: dict[str, object]
) -> None:
    delivery_id, address = sent_mail(stage)
    before = stage.row(delivery_id)
    assert Webhook(type_, address, {"tags": {"delivery": str(delivery_id)}, **data}).post()["statusCode"] == 200
    assert stage.row(delivery_id) == before
    assert suppressed(stage) == {}


def test_a_hard_bounce_without_a_subtype_suppresses(stage: Stage) -> None:
    nulls: dict[str, object] = {
        "bounce": {"type": "Permanent", "subType": None, "message": None, "diagnosticCode": None}
    }
    assert Webhook("email.bounced", "ada@example.com", nulls).post()["statusCode"] == 200
    assert suppressed(stage) == {"ada@example.com": "bounced"}


def test_a_mail_that_failed_after_it_was_accepted_has_failed_and_can_be_sent_again(
    stage: Stage, wired: Wired, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery_id, address = sent_mail(stage)
    data: dict[str, object] = {"tags": {"delivery": str(delivery_id)}, "failed": {"reason": "reached_daily_quota"}}
    assert Webhook("email.failed", address, data).post()["statusCode"] == 200
    row = stage.row(delivery_id)
    assert (row["status"], row["error"]) == ("failed", "failed_after_acceptance")
    assert row["attempt_metadata"]["provider_events"]["failed_after_acceptance"]["reason"] == "reached_daily_quota"
    assert '"FailedAfterAcceptance":[1.0]' in capsys.readouterr().out
    sentences = operator(wired, "explain_delivery", delivery_id=str(delivery_id))["sentences"]
    assert any("reached_daily_quota" in sentence for sentence in sentences)
    assert operator(wired, "redrive")["redriven"] == 1


def test_a_mail_that_the_provider_suppressed_was_not_sent_and_the_address_is_suppressed(stage: Stage) -> None:
    delivery_id, address = sent_mail(stage)
    said = {"type": "OnAccountSuppressionList", "message": "on the account's list"}
    Webhook("email.suppressed", address, {"tags": {"delivery": str(delivery_id)}, "suppressed": said}).post()
    row = stage.row(delivery_id)
    assert (row["status"], row["error"]) == ("skipped", "suppressed")
    assert row["attempt_metadata"]["provider_events"]["suppressed_by_provider"]["message"] == "on the account's list"
    assert suppressed(stage) == {address.lower(): "suppressed_by_provider"}


def test_a_delay_is_in_the_deliverys_history_and_changes_nothing_else(stage: Stage, wired: Wired) -> None:
    delivery_id, address = sent_mail(stage)
    Webhook("email.delivery_delayed", address, {"tags": {"delivery": str(delivery_id)}}).post()
    assert stage.row(delivery_id)["status"] == "sent"
    sentences = operator(wired, "explain_delivery", delivery_id=str(delivery_id))["sentences"]
    assert any("has not taken it yet" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["email.delivery_delayed", "email.delivered", "email.failed"]))
)
def test_what_was_delivered_stays_sent_in_whatever_order_events_arrive(stage: Stage, order: Sequence[str]) -> None:
    delivery_id, address = sent_mail(stage)
    for type_ in order:
        Webhook(type_, address, {"tags": {"delivery": str(delivery_id)}}).post()
    assert (stage.row(delivery_id)["status"], stage.row(delivery_id)["error"]) == ("sent", None)


def test_a_late_failure_of_an_earlier_mail_says_nothing_of_the_one_that_was_sent_since(stage: Stage) -> None:
    stage.adapter.script = lambda _delivery: Sent({"provider_id": "second"})
    delivery_id, address = sent_mail(stage)
    data: dict[str, object] = {"tags": {"delivery": str(delivery_id)}, "email_id": "first"}
    Webhook("email.failed", address, data).post()
    assert stage.row(delivery_id)["status"] == "sent"


def test_an_address_that_the_provider_freed_gets_mail_again_unless_we_suppressed_it(stage: Stage) -> None:
    hard_bounce("ada@example.com").post()
    Webhook("suppression.added", "", {"to": [], "email": "bo@example.com"}).post()
    for address in ("ada@example.com", "bo@example.com"):
        Webhook("suppression.removed", "", {"to": [], "email": address}).post()
    assert suppressed(stage) == {"ada@example.com": "bounced"}


def test_without_a_secret_nothing_is_taken(wired: Wired) -> None:
    wired.as_function("provider_events")
    with pytest.raises(Misconfigured, match="RESEND_WEBHOOK_SECRETS"):
        hard_bounce("ada@example.com").post()


def test_an_operator_finds_and_releases_an_address_and_a_replay_does_not_bring_it_back(
    stage: Stage, wired: Wired
) -> None:
    bounce = hard_bounce("ada@example.com")
    bounce.post()
    hard_bounce("bo@example.com").post()
    (found,) = operator(wired, "suppressions", contains="ADA")["suppressions"]
    assert (found["address"], found["reason"]) == ("ada@example.com", "bounced")
    assert found["detail"] == {"type": "Permanent", "sub_type": "General", "message": "No such user"}
    assert operator(wired, "release", address=" Ada@Example.com ")["address"] == "ada@example.com"
    wired.as_function("provider_events", RESEND_WEBHOOK_SECRETS=SECRETS[0])
    assert bounce.post()["statusCode"] == 200
    assert suppressed(stage) == {"bo@example.com": "bounced"}
    hard_bounce("ada@example.com").post()
    assert "ada@example.com" in suppressed(stage)


def test_an_address_that_is_not_suppressed_cannot_be_released(wired: Wired) -> None:
    assert operator(wired, "release", address="nobody@example.com")["error"]["kind"] == "not_found"


class InProcess:
    """The command line's other end."""

    def operate(self, command: Mapping[str, object]) -> Any:
        return json.loads(json.dumps(operate.handler(dict(command), Context())))


def test_the_command_line_lists_and_releases(wired: Wired, capsys: pytest.CaptureFixture[str]) -> None:
    hard_bounce("ada@example.com").post()
    wired.as_function("operate")
    assert main(["suppressions"], connect=lambda _options: InProcess()) == 0
    assert "No such user" in capsys.readouterr().out
    assert main(["release", "ADA@example.com"], connect=lambda _options: InProcess()) == 0
    assert "Mail goes to ada@example.com again" in capsys.readouterr().out
    assert main(["suppressions", "--json"], connect=lambda _options: InProcess()) == 0
    assert json.loads(capsys.readouterr().out) == {"suppressions": [], "next": None}


@pytest.mark.parametrize(
    ("secret", "status"), [(SECRETS[0], 200), ("whsec_" + base64.b64encode(b"x" * 24).decode(), 401)]
)
def test_each_request_leaves_a_line_with_the_id_of_the_access_log_and_no_address(secret: str, status: int) -> None:
    with logged() as log:
        Webhook("email.sent", "ada@example.com", secret=secret).post()
    line = log.one("request")
    assert (line["gateway_request_id"], line["status"]) == (REQUEST_ID, status)
    assert line["source"] == CodeHashes(SECRETS).hash_source(SOURCE)
    assert SOURCE not in str(log.lines)


def test_without_a_secret_a_source_has_no_hash(wired: Wired) -> None:
    wired.as_function("provider_events")
    with logged() as log, pytest.raises(Misconfigured):
        Webhook("email.sent", "ada@example.com").post()
    assert SOURCE not in str(log.lines)
