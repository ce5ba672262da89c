"""One specimen of everything that is sent: inbox row, push and mail of each type in each state, and the direct mails."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any

from infra.local.preview.requests import NOON, PERSON, TEAM, number, request_of
from infra.local.preview.states import STATES, State, Words
from owlpost.channels.adapter import ChannelAdapter
from owlpost.channels.email.direct import SentAtOnce
from owlpost.channels.email.message import Mail, MailMessage
from owlpost.channels.email.render import MailRenderer
from owlpost.channels.mobile_push.payload import apns_payload
from owlpost.domain import explanations
from owlpost.domain.brand import OWL, Brand
from owlpost.domain.channels import queued_with
from owlpost.domain.gathered import SEVERAL, as_one
from owlpost.domain.messages import Delivery, Notification
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS
from owlpost.domain.outcomes import Outcome, Sent
from owlpost.domain.types import configurable_types
from owlpost.producers.system_job import SystemJobEnded, announce

WEB = "https://owl.example.com"
#: When what a security mail tells of happened.
THEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
#: Signs the links of the preview alone.
LINKS_KEY = "signs the links of the preview alone"


@dataclass(frozen=True, slots=True)
class Specimen:
    """The result of one event. A direct mail has neither inbox row nor push. `push` is the payload for APNs."""

    kind: str
    state: State
    mail: Mail
    notification: Notification | None = None
    push: Mapping[str, Any] | None = None
    #: What the other channels' adapters make of it, by the channel's label.
    others: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.state.key}"


def specimens(brand: Brand = OWL) -> Iterator[Specimen]:
    """Return every type in every state, in the order of the registry; all types as one; every direct mail in every state."""
    for kind in configurable_types():
        for state in STATES:
            yield dispatched(kind.key, state, brand)
    for state in STATES:
        yield gathered(state, brand)
    for template in DIRECT:
        yield from _differing(template, brand)


def _differing(template: str, brand: Brand) -> Iterator[Specimen]:
    """Return a direct mail in the states that change its look."""
    seen: list[Mail] = []
    for state in STATES:
        specimen = direct(template, state, brand)
        if specimen.mail not in seen:
            seen.append(specimen.mail)
            yield specimen


def dispatched(type_: str, state: State, brand: Brand = OWL) -> Specimen:
    return _specimen(type_, state, _delivery(_notification(type_, state)), brand)


def gathered(state: State, brand: Brand = OWL) -> Specimen:
    """What came in the quiet hours of a person, one of each type, goes out as one."""
    told = [_notification(kind.key, state) for kind in configurable_types()]
    return _specimen(SEVERAL, state, as_one(_delivery(told[0]), told[0].id, told), brand)


def _notification(type_: str, state: State) -> Notification:
    request = request_of(type_, state)
    return Notification(
        id=number(0x101),
        type=type_,
        title=request.title,
        body=request.body,
        link=request.link,
        data=request.data or {},
        team_id=request.team_id or TEAM,
        request_id=number(0x102),
        created_at=NOON,
    )


def _delivery(notification: Notification) -> Delivery:
    return Delivery(
        id=number(0x103), user_id=PERSON, notification=notification, address="ada@owlpost.example", unread=3
    )


def _specimen(kind: str, state: State, delivery: Delivery, brand: Brand) -> Specimen:
    others = {label: _readable(adapter.render(delivery)) for label, adapter in _other_adapters().items()}
    push = json.loads(apns_payload(delivery))
    mail = MailRenderer(WEB, LINKS_KEY, brand)(delivery)
    return Specimen(kind, state, mail, delivery.notification, push, others)


def _readable(content: object) -> object:
    return json.loads(content) if isinstance(content, bytes) else content


@cache
def _other_adapters() -> dict[str, ChannelAdapter[Any]]:
    """Return the adapters, without any setting, of channels that have no look of their own here, optional ones too."""
    return {
        channel.label: import_module(str(channel.adapter)).build({})
        for channel in queued_with(OPTIONAL_CHANNELS)
        if channel.key not in {"email", "mobile_push"}
    }


@dataclass(frozen=True, slots=True)
class Kept:
    """A MailSender that keeps the mails."""

    messages: list[MailMessage] = field(default_factory=list)

    def send(self, messages: Sequence[MailMessage], *, key: str, deadline: datetime) -> list[Outcome]:  # noqa: ARG002 (printing takes no time)
        self.messages.extend(messages)
        return [Sent()] * len(messages)


def direct(template: str, state: State, brand: Brand = OWL) -> Specimen:
    kept = Kept()
    values, link = DIRECT[template]
    at_once = SentAtOnce(kept, WEB, lambda: NOON, brand=brand)
    at_once.send("ada@owlpost.example", template, values(state.words), link=link)
    [message] = kept.messages
    return Specimen(template, state, message.mail)


def _code(_: Words) -> dict[str, object]:
    return {"code": "042137", "minutes": 10}


def _invitation(words: Words) -> dict[str, object]:
    return {"inviter": words.person or "ada@owlpost.example", "team": words.team, "role": "member", "days": 7}


def _alert(words: Words) -> dict[str, object]:
    alert = announce(
        SystemJobEnded(
            job_type="db_pruning",
            status="failed",
            ended_at=NOON,
            run_id=number(0x104),
            duration_ms=words.milliseconds,
            error=words.error,
        )
    )
    return alert.values if alert else {}


def _sign_in(words: Words) -> dict[str, object]:
    return {"device": words.person or "Mozilla/5.0 (X11; Linux x86_64)", "at": THEN}


def _device(_: Words) -> dict[str, object]:
    return {"at": THEN}


def _role(words: Words) -> dict[str, object]:
    changed = {"team": words.team, "previous_role": "member", "role": "admin", "at": THEN}
    return {**changed, "by": words.person or None}


def _death(words: Words) -> dict[str, object]:
    said = {
        "channel": "Slack",
        "reason": "channel_not_found",
        "said": explanations.explain("channel_not_found").meaning,
        "since": THEN,
    }
    return {**said, "destination": words.app or "a destination", "team": words.team if words.person else None}


#: The direct mails: the values of each, and the link of its button.
DIRECT = {
    "verification_code": (_code, None),
    "team_invitation": (_invitation, "/invite/accept?token=Zk3v0T9rXqL5yB8nWm2c"),
    "job_alert": (_alert, None),
    "new_sign_in": (_sign_in, "/dashboard/profile/sessions"),
    "device_moved": (_device, "/dashboard/profile/sessions"),
    "role_changed": (_role, "/dashboard/profile/sessions"),
    "destination_dead": (_death, "/dashboard/profile/destinations"),
}
