"""The channels that the suite runs for. A new one names itself here: how a person is reached, and how its provider fails.

A fault that a provider cannot have is in `lacks`, with the reason: a test counts that each is in one of the two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
from sqlalchemy import Connection, text

from infra.local.providers.server import Providers
from infra.local.providers.slack import TOKEN
from owlpost.channels.web_push.vapid import public_key_of
from owlpost.domain.telegram_chats import address_of
from owlpost.seals import Seals
from tests.support.people import Person, add_device
from tests.support.push_stage import section as push_section
from tests.support.receiving import KEYS, SECRET, WEB_PUSH_SECRET

FaultOf: TypeAlias = Mapping[str, Any]
#: What a provider may do to a channel.
FAULTS = ("passes", "slow_down", "permanent", "dead", "operator", "lost_answer", "garbled")


@dataclass(frozen=True, slots=True)
class Conformance:
    """`provider` is the fake's name in the plan of faults. `faults` are by FAULTS, as the plan takes them."""

    key: str
    provider: str
    section: Callable[[Providers], dict[str, str]]
    reach: Callable[[Connection, Providers, Person], None]
    faults: Mapping[str, FaultOf]
    lacks: Mapping[str, str] = field(default_factory=dict)
    #: What a delivery ends with whose one place is dead, or whose content is refused.
    ends: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: Whether it reaches teams' rooms alone: the person's id is then the team's as well.
    of_room: bool = False
    #: Whether a repeat after a lost answer is known by the provider, so that it accepts one.
    recognised: bool = True


def _by_mail(providers: Providers) -> dict[str, str]:
    return {
        "RESEND_API_KEY": providers.credentials.accounts.resend_api_key,
        "RESEND_BASE_URL": providers.urls["resend"],
        "RESEND_CALLS_PER_SECOND": "1000",
        "EMAIL_FROM": "Owlpost <owl@owlpost.example>",
        "WEB_URL": "https://owlpost.example",
        "UNSUBSCRIBE_KEYS": "a key for the links of this suite alone",
    }


def _by_webhook(providers: Providers) -> dict[str, str]:
    return {"DESTINATION_KEYS": KEYS[0], "WEBHOOK_INSIDE": providers.urls["webhook"].removeprefix("http://")}


def _by_web_push(providers: Providers) -> dict[str, str]:
    return {
        "DESTINATION_KEYS": KEYS[0],
        "WEB_PUSH_SECRET": WEB_PUSH_SECRET,
        "WEB_PUSH_SUBJECT": "mailto:operator@owlpost.example",
        "WEB_PUSH_HOSTS": providers.urls["web_push"].removeprefix("http://"),
    }


def _by_telegram(providers: Providers) -> dict[str, str]:
    told: Any = providers.announcement  # of those in this process, or of a laptop's
    said = told() if callable(told) else told
    return {
        "DESTINATION_KEYS": KEYS[0],
        "TELEGRAM_BOT_TOKEN": said["telegram_token"],
        "TELEGRAM_BASE_URL": said["telegram"],
    }


def _nothing(_connection: Connection, _providers: Providers, _person: Person) -> None:
    """Everybody has an address."""


def _with_phone(connection: Connection, _providers: Providers, person: Person) -> None:
    add_device(connection, person, token=f"fcm:{uuid4().hex}", platform="android")


def _with_webhook(connection: Connection, providers: Providers, person: Person) -> None:
    url = f"{providers.urls['webhook']}/{person.id}"
    _connected(connection, person, ("webhook", "url"), url, {"url": url, "secret": SECRET})


def _with_browser(connection: Connection, providers: Providers, person: Person) -> None:
    asked = {"key": public_key_of(WEB_PUSH_SECRET)}
    made = httpx.post(f"{providers.urls['web_push']}/subscriptions", json=asked, trust_env=False)
    subscription = made.raise_for_status().json()
    url = subscription["endpoint"]
    _connected(connection, person, ("web_push", "subscription"), url, {"url": url, **subscription["keys"]})


def _with_chat(connection: Connection, _providers: Providers, person: Person) -> None:
    chat = person.id.int % 2**40
    _connected(connection, person, ("telegram", "chat"), address_of(chat), {"chat_id": chat})


def _connected(
    connection: Connection, person: Person, kind: tuple[str, str], address: str, content: Mapping[str, object]
) -> None:
    """A live destination of the person, as connecting it leaves it."""
    id_, seals = uuid4(), Seals(KEYS)
    connection.execute(
        text(
            "insert into destinations (id, user_id, channel, kind, sealed, fingerprint, label, state, registered_at)"
            " values (:id, :user_id, :channel, :kind, :sealed, :fingerprint, 'Build room', 'live',"
            " now() - interval '1 day')"
        ),
        {
            "id": id_,
            "user_id": person.id,
            "channel": kind[0],
            "kind": kind[1],
            "sealed": seals.seal(id_, content),
            "fingerprint": seals.fingerprints(address)[0],
        },
    )


def _chat(name: str) -> Callable[[Providers], dict[str, str]]:
    """The section of a chat whose fake has this name."""

    def section(providers: Providers) -> dict[str, str]:
        return {
            "DESTINATION_KEYS": KEYS[0],
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_BASE_URL": f"{providers.urls['slack']}/api",
            "WEB_URL": "https://owlpost.example",
            f"{name.upper()}_HOSTS": providers.urls[name].removeprefix("http://"),
        }

    return section


def _in_chat(connection: Connection, person: Person, *, of_room: bool, content: dict[str, str], **row: str) -> None:
    id_, seals = uuid4(), Seals(KEYS)
    owner = "team_id" if of_room else "user_id"
    connection.execute(
        text(
            f"insert into destinations (id, {owner}, channel, kind, sealed, fingerprint, label, state, registered_at)"
            " values (:id, :owner, :channel, :kind, :sealed, :fingerprint, '#alerts', 'live', now() - interval '1 day')"
        ),
        {
            "id": id_,
            "owner": person.id,
            "sealed": seals.seal(id_, content),
            "fingerprint": seals.fingerprints(f"{row}{person.id}")[0],
            **row,
        },
    )


def _in_slack(connection: Connection, _providers: Providers, person: Person) -> None:
    user = f"U{person.id.hex[:10].upper()}"
    _in_chat(connection, person, of_room=False, content={"user": user}, channel="slack", kind="bot_dm")


def _with_room(channel: str) -> Callable[[Connection, Providers, Person], None]:
    def reach(connection: Connection, providers: Providers, person: Person) -> None:
        connection.execute(
            text("insert into teams (id, name, slug) values (:id, 'Cartographers', :slug)"),
            {"id": person.id, "slug": person.id.hex},
        )
        content = {"url": f"{providers.urls[channel]}/{person.id}"}
        _in_chat(connection, person, of_room=True, content=content, channel=channel, kind="room_webhook")

    return reach


#: Of a channel that cannot take a call back, and that no repeat is recognised by.
_IN_DOUBT = {"lost_answer": ("failed", "outcome_unknown")}
CHANNELS = (
    Conformance(
        "email",
        "resend",
        section=_by_mail,
        reach=_nothing,
        faults={
            "passes": {"fault": "error_503"},
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "reject_address"},
            "operator": {"fault": "refused_key"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "unknown_origin_error"},
        },
        lacks={"dead": "a mailbox that is gone is told later, by a webhook: see test_provider_events.py"},
        ends={"permanent": ("failed", "validation_error")},
    ),
    Conformance(
        "mobile_push",
        "fcm",
        section=push_section,
        reach=_with_phone,
        faults={
            "passes": {"fault": "error_503"},
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "answer", "answer": "too_big"},
            "dead": {"fault": "dead_token"},
            "operator": {"fault": "refused_key"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "front_end"},
        },
        ends={"permanent": ("failed", "INVALID_ARGUMENT"), "dead": ("skipped", "no_live_device")},
        recognised=False,
    ),
    Conformance(
        "webhook",
        "webhook",
        section=_by_webhook,
        reach=_with_webhook,
        faults={
            "passes": {"fault": "error_503"},
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "answer", "answer": "moved"},
            "dead": {"fault": "answer", "answer": "gone"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "bad_gateway"},
        },
        lacks={"operator": "each receiver is a stranger's, so no fault of one is the operator's"},
        ends={"permanent": ("failed", "redirected"), "dead": ("skipped", "destination_dead")},
    ),
    Conformance(
        "web_push",
        "web_push",
        section=_by_web_push,
        reach=_with_browser,
        faults={
            "passes": {"fault": "error_503"},
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "answer", "answer": "mozilla_too_large"},
            "dead": {"fault": "dead_token"},
            "operator": {"fault": "refused_key"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "mozilla_bridge"},
        },
        ends={"permanent": ("failed", "http_413"), "dead": ("skipped", "destination_dead")},
        recognised=False,
    ),
    Conformance(
        "telegram",
        "telegram",
        section=_by_telegram,
        reach=_with_chat,
        faults={
            "passes": {"fault": "error_503"},
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "answer", "answer": "too_long"},
            "dead": {"fault": "dead_token"},
            "operator": {"fault": "refused_key"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "front_end"},
        },
        ends={"permanent": ("failed", "http_400"), "dead": ("skipped", "destination_dead"), **_IN_DOUBT},
    ),
    Conformance(
        "slack",
        "slack",
        section=_chat("slack"),
        reach=_in_slack,
        faults={
            "passes": {"fault": "error_503"},
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "answer", "answer": "msg_too_long"},
            "dead": {"fault": "answer", "answer": "channel_not_found"},
            "operator": {"fault": "refused_key"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "front_end"},
        },
        ends={"permanent": ("failed", "msg_too_long"), "dead": ("skipped", "destination_dead"), **_IN_DOUBT},
    ),
)
_NO_OPERATOR = "a room's webhook has a secret of its own, so no fault of one is the operator's"
#: Channels that reach teams' rooms alone.
ROOMS = (
    Conformance(
        "teams",
        "teams",
        section=_chat("teams"),
        reach=_with_room("teams"),
        of_room=True,
        faults={
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "answer", "answer": "schema"},
            "dead": {"fault": "answer", "answer": "not_found"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "hidden_429"},
        },
        lacks={
            "operator": _NO_OPERATOR,
            "passes": "nobody has published what a workflow says meanwhile: see test_room_dialects.py for how it is taken",
        },
        ends={
            "permanent": ("failed", "TriggerInputSchemaMismatch"),
            "dead": ("skipped", "destination_dead"),
            **_IN_DOUBT,
        },
    ),
    Conformance(
        "discord",
        "discord",
        section=_chat("discord"),
        reach=_with_room("discord"),
        of_room=True,
        faults={
            "passes": {"fault": "error_503"},
            "slow_down": {"fault": "rate_limit", "retry_after": 120},
            "permanent": {"fault": "answer", "answer": "empty"},
            "dead": {"fault": "answer", "answer": "unknown_webhook"},
            "lost_answer": {"fault": "reset_after"},
            "garbled": {"fault": "answer", "answer": "bad_gateway"},
        },
        lacks={"operator": _NO_OPERATOR},
        ends={"permanent": ("failed", "http_400"), "dead": ("skipped", "destination_dead"), **_IN_DOUBT},
    ),
)
