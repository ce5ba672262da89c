"""What was sent can be seen again, as long as it can be made again; else nothing is shown, and why is said."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jinja2 import DictLoader

from functions import operate
from infra.cli.main import main
from owlpost.channels.adapter import ChannelAdapter, Promises
from owlpost.channels.email.channel import EmailChannel
from owlpost.channels.email.message import MailMessage
from owlpost.channels.email.render import MailRenderer, environment
from owlpost.channels.mobile_push.channel import MobilePush
from owlpost.channels.mobile_push.payload import apns_payload, fcm_message
from owlpost.channels.mobile_push.verdict import Push, PushVerdict
from owlpost.channels.per_destination import TargetOutcome
from owlpost.domain.findings import Finding, good
from owlpost.domain.messages import Delivery
from owlpost.domain.outcomes import Failed, Outcome, Sent
from owlpost.services.operator import content
from tests.integration.operator.test_cli import in_process
from tests.support.sleepers import Sleepers
from tests.support.stage import Stage
from tests.support.wired import Context, Wired

WEB = "https://owl.example.org"
KEY = "a secret of some length"


@dataclass
class Postbox:
    """A MailSender that takes everything and keeps it."""

    provider = None
    promises = Promises("same", freezes=True)
    mails: list[MailMessage] = field(default_factory=list)

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:  # noqa: ARG002 (as every MailSender)
        self.mails.extend(messages)
        return [Sent({"provider_id": "1"}) for _ in messages]


@dataclass
class Phones:
    """A PushProvider that takes everything and keeps the bodies."""

    platform: str
    bodies: list[bytes] = field(default_factory=list)

    def render(self, delivery: Delivery) -> bytes:
        return apns_payload(delivery) if self.platform == "ios" else fcm_message(delivery, now=time.time())

    async def push(self, pushes: Sequence[Push], *, deadline: float) -> None:  # noqa: ARG002 (as every PushProvider)
        for push in pushes:
            self.bodies.append(push.body)
            push.verdict = PushVerdict(TargetOutcome.DELIVERED, None)

    async def check_key(self, *, deadline: float) -> Finding:  # noqa: ARG002 (as every PushProvider)
        return good(self.platform, "takes everything")

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def operating(wired: Wired) -> None:
    wired.as_function("operate", WEB_URL=f"{WEB}/")


def deliver(stage: Stage, ids: Sequence[UUID], adapter: ChannelAdapter[Any], channel: str = "email") -> None:
    stage.deliver(ids, by=replace(stage.worker(channel), adapter=adapter))


def mailed(stage: Stage, *, key: str | None = KEY) -> tuple[UUID, MailMessage]:
    (delivery_id,) = stage.tell()
    postbox = Postbox()
    deliver(stage, [delivery_id], EmailChannel(sender=postbox, render=MailRenderer(WEB, key)))
    return delivery_id, postbox.mails[0]


def shown(delivery_id: UUID) -> dict[str, Any]:
    command = {"command": "explain_delivery", "delivery_id": str(delivery_id), "content": True}
    answer = operate.handler(command, Context())
    assert "error" not in answer, answer
    seen: dict[str, Any] = json.loads(json.dumps(answer))["content"]
    return seen


@pytest.mark.parametrize("key", [KEY, None])
def test_a_mail_is_shown_as_it_was_sent_without_a_token_that_works(stage: Stage, key: str | None) -> None:
    delivery_id, message = mailed(stage, key=key)
    seen = shown(delivery_id)
    assert (seen["as_sent"], seen["said"]) == (True, content.AS_SENT)
    token = message.mail.headers.get("List-Unsubscribe", "").partition("token=")[2].rstrip(">")
    assert bool(token) == bool(key)
    for part, sent in (("subject", message.mail.subject), ("text", message.mail.text), ("html", message.mail.html)):
        assert seen["parts"][part] == (sent.replace(token, "…") if token else sent)
    assert not token or token not in json.dumps(seen)


def test_a_mail_whose_template_has_changed_since_is_not_shown_and_that_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery_id, _ = mailed(stage)
    with monkeypatch.context() as deployed:
        other = DictLoader({"generic.html.j2": "{{ subject }}!", "generic.txt.j2": "{{ subject }}!"})
        deployed.setattr(environment(), "loader", other)
        seen = shown(delivery_id)
    assert (seen["as_sent"], seen["said"], seen["parts"]) == (False, content.CHANGED, {})
    assert shown(delivery_id)["as_sent"] is True


@pytest.mark.parametrize("change", ["title = 'Other words'", "link = '/dashboard/other'"])
def test_a_mail_whose_notification_has_changed_since_is_not_shown(stage: Stage, change: str) -> None:
    delivery_id, _ = mailed(stage)
    stage.change(f"update notifications set {change}")
    assert shown(delivery_id)["said"] == content.CHANGED


def test_a_mail_of_another_address_of_the_dashboard_is_not_shown(stage: Stage, wired: Wired) -> None:
    delivery_id, _ = mailed(stage)
    wired.as_function("operate", WEB_URL="https://elsewhere.example.org")
    assert shown(delivery_id)["said"] == content.CHANGED


def test_what_an_earlier_version_sent_is_not_shown(stage: Stage) -> None:
    delivery_id, _ = mailed(stage)
    stage.change("update notification_deliveries set attempt_metadata = attempt_metadata - 'content'")
    seen = shown(delivery_id)
    assert (seen["as_sent"], seen["said"], seen["parts"]) == (False, content.NOT_KEPT, {})


def test_what_is_to_come_is_shown_as_it_would_be_and_what_was_skipped_is_not(stage: Stage) -> None:
    pending, skipped = stage.tell(2)
    stage.change("update notification_deliveries set status = 'skipped', error = 'read' where id = :id", id=skipped)
    seen = shown(pending)
    assert (seen["as_sent"], seen["said"], seen["parts"]["subject"]) == (None, content.NOT_YET, "Hello")
    assert (shown(skipped)["said"], shown(skipped)["parts"]) == (content.NEVER, {})


def test_a_push_is_shown_as_each_provider_got_it_without_a_token(stage: Stage) -> None:
    (delivery_id,) = stage.tell(channel="mobile_push", device="zanzibar")
    stage.change(
        "insert into user_devices (user_id, platform, token) select user_id, 'android', 'zanzibar-a' from user_devices"
    )
    phones = {platform: Phones(platform) for platform in ("ios", "android")}
    adapter = MobilePush(phones, clock=time.time)
    deliver(stage, [delivery_id], adapter, "mobile_push")
    # The badge and the lifetime are those of then.
    stage.change("update notifications set read_at = now()")
    seen = shown(delivery_id)
    adapter.close()
    assert seen["as_sent"] is True
    assert seen["parts"]["ios"]["body"] == json.loads(phones["ios"].bodies[0])
    assert seen["parts"]["ios"]["body"]["aps"]["badge"] == 1
    message = {"token": "…", **json.loads(b"{" + phones["android"].bodies[0] + b"}")}
    assert seen["parts"]["android"]["body"] == {"message": message}
    assert "zanzibar" not in json.dumps(seen)


def test_the_inbox_shows_its_words(stage: Stage) -> None:
    stage.tell()
    with stage.database.transaction() as connection:
        found = connection.exec_driver_sql(
            "select id from notification_deliveries where channel = 'in_app'"
        ).scalar_one()
    assert shown(found)["parts"] == {"title": "Hello", "body": None, "link": None}


def test_a_delivery_whose_person_is_gone_shows_what_they_got(stage: Stage) -> None:
    delivery_id, _ = mailed(stage)
    stage.change("delete from users")
    assert shown(delivery_id)["as_sent"] is True


def test_an_adapter_that_marks_nothing_leaves_nothing_to_show(stage: Stage) -> None:
    (delivery_id,) = stage.tell()
    stage.adapter.script = lambda _delivery: Failed("validation_error")
    stage.deliver([delivery_id])
    assert (shown(delivery_id)["said"], shown(delivery_id)["parts"]) == (content.NEVER, {})


def test_the_command_line_shows_it_and_saves_the_html_in_a_file_of_its_owners(
    stage: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    delivery_id, message = mailed(stage, key=None)
    assert main(["explain", str(delivery_id), "--content"], connect=in_process) == 0
    printed = capsys.readouterr().out
    assert content.AS_SENT in printed
    assert "subject: Hello" in printed
    file = tmp_path / "mail.html"
    assert main(["explain", str(delivery_id), "--save", str(file)], connect=in_process) == 0
    assert file.read_text() == message.mail.html
    assert file.stat().st_mode & 0o777 == 0o600
    assert main(["explain", str(delivery_id), "--save", str(file)], connect=in_process) != 0
    assert main(["explain", "ada@people.example", "feedback.new", "--content"], connect=in_process) == 2


def test_what_went_out_as_one_at_the_end_of_quiet_hours_is_seen_as_one_from_each_of_its_deliveries(
    stage: Stage,
) -> None:
    sleepers = Sleepers(stage)
    ids = sleepers.tell(sleepers.one(), channel="email", times=2)
    sleepers.wake()
    postbox = Postbox()
    deliver(stage, ids, EmailChannel(sender=postbox, render=MailRenderer(WEB, KEY)))
    (sent,) = postbox.mails
    for each in ids:
        seen = shown(each)
        assert (seen["as_sent"], seen["parts"]["subject"]) == (True, sent.mail.subject)
