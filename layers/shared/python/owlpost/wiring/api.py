"""The parts of the HTTP API: what people use."""

from collections.abc import Mapping
from importlib import import_module
from typing import cast
from urllib.parse import urlsplit
from uuid import UUID

from owlpost.auth import Tokens
from owlpost.channels.email.settings import EmailSettings
from owlpost.db import outage
from owlpost.db.session import Database
from owlpost.domain.brand import Brand
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.channels import destination_channels as switched_on
from owlpost.domain.clock import utc_now
from owlpost.domain.connect import Connect
from owlpost.domain.errors import Misconfigured
from owlpost.domain.sources import source_of
from owlpost.keyed_hashes import CodeHashes
from owlpost.queue import Queues
from owlpost.sandbox import once
from owlpost.services.digest_rest import DigestRest
from owlpost.services.direct_mail import DirectMail
from owlpost.services.mail_records import MailRecords
from owlpost.services.people.accounts import Accounts, HostSignIn
from owlpost.services.people.destinations import Destinations, Sealing
from owlpost.services.people.device_tests import DeviceTests
from owlpost.services.people.devices import Devices
from owlpost.services.people.fair_share import FairShare
from owlpost.services.people.inbox import Inbox
from owlpost.services.people.inbox_acts import InboxActs
from owlpost.services.people.invitations import Invitations
from owlpost.services.people.lines import Tickets
from owlpost.services.people.projects import Projects
from owlpost.services.people.sign_in import SignIn
from owlpost.services.people.sign_in_limits import SignInLimits
from owlpost.services.people.unsubscribe import Unsubscribing
from owlpost.wiring.badges import badge_requests
from owlpost.wiring.base import database as connect
from owlpost.wiring.mail import built_mail
from owlpost.wiring.nudges import nudges
from owlpost.wiring.settings import rebuilt_on_rotation, settings

#: Well within the function's own time, so that a slow database is answered with 503, and one that wakes up after one try.
API_SECONDS = 8


@once
def database() -> Database:
    return connect(statement_timeout=API_SECONDS, waking_time=0)


@rebuilt_on_rotation
def keys() -> tuple[str, ...]:
    """The secrets that sign tokens, and cursors for a purpose of their own; the newest first."""
    return settings().tokens.keys


def source_hash(ip: str) -> str | None:
    """Return the keyed hash of who asks, as the audit trail has it; None for what is no address."""
    return CodeHashes(keys()).hash_source(source_of(ip))


@rebuilt_on_rotation
def cookies_are_secure() -> bool:
    """Everywhere but on a laptop that speaks plain http."""
    return not settings().web.url.startswith("http://")


@rebuilt_on_rotation
def inbox() -> Inbox:
    return Inbox(database=database(), keys=keys(), changed=_changed)


@rebuilt_on_rotation
def inbox_acts() -> InboxActs:
    return InboxActs(database=database(), keys=keys(), now=database().now, changed=_changed)


def _changed(user_id: UUID) -> None:
    """Tell a person's other pages, and phones, that something was read."""
    nudges(database()).changed(user_id)
    badge_requests(database(), queues).changed(user_id)


def has_lines() -> bool:
    """Whether pages may open a line."""
    return bool(settings().line.url)


@rebuilt_on_rotation
def tickets() -> Tickets:
    return Tickets(database=database(), url=settings().line.url, now=database().now, hang_up=nudges(database()).hang_up)


@once
def queues() -> Queues:
    return Queues.connect_briefly(settings().queue_urls)


@rebuilt_on_rotation
def direct_mail() -> DirectMail:
    """What became of each mail is recorded."""
    return built_mail(MailRecords(database()).keep)


@rebuilt_on_rotation
def devices() -> Devices:
    return Devices(database=database(), mail=direct_mail, now=database().now)


@rebuilt_on_rotation
def device_tests() -> DeviceTests:
    return DeviceTests(database=database(), queues=queues())


@rebuilt_on_rotation
def destinations() -> Destinations:
    return Destinations(
        database=database(),
        queues=queues(),
        seals=seals,
        now=database().now,
        own=frozenset(filter(None, [urlsplit(settings().web.url).hostname])),
        settings=settings().beginning_with(tuple(each for plan in _connects() for each in plan.settings)),
    )


@rebuilt_on_rotation
def public_keys() -> Mapping[str, str]:
    """What a browser asks for, by channel. Modules are imported at first use: most installations have none."""
    return {
        channel.key: str(import_module(module).public_key(settings().beginning_with(connect.settings)))
        for channel in destination_channels()
        if (connect := channel.connect) and (module := connect.public_key)
    }


def _connects() -> list[Connect]:
    return [channel.connect for channel in destination_channels() if channel.connect]


@rebuilt_on_rotation
def seals() -> Sealing:
    """Imported at first use: its library would make all starts slower. Raises Misconfigured without a key."""
    keys = settings().destinations.keys
    if not keys:
        raise Misconfigured("DESTINATION_KEYS: is missing, so nothing can be connected")
    return cast("Sealing", import_module("owlpost.seals").Seals(keys))


def brand() -> Brand:
    return settings().brand


def destination_channels() -> tuple[Channel, ...]:
    """The channels that this installation has switched on, and that people connect destinations for."""
    settings()
    return switched_on()


@rebuilt_on_rotation
def fair_share() -> FairShare:
    return FairShare(database=database())


@rebuilt_on_rotation
def accounts() -> Accounts:
    return Accounts(
        database=database(),
        tokens=Tokens(keys()),
        hashes=CodeHashes(keys()),
        now=utc_now,
        host=host_sign_in,
        hang_up=nudges(database()).hang_up,
    )


@rebuilt_on_rotation
def host_sign_in() -> HostSignIn | None:
    """Imported at first use: most installations have none, and its keys' library would make all starts slower."""
    host = settings().host_jwt
    if host.issuer is None:
        return None
    module = import_module("owlpost.host_tokens")
    keys = module.HostKeys(host.jwks_url, utc_now)
    return cast("HostSignIn", module.HostTokens(keys, host.issuer, host.audience, host.user_by))


@rebuilt_on_rotation
def host_cookie() -> str | None:
    """The cookie in which the host keeps its token."""
    return settings().host_jwt.cookie


@rebuilt_on_rotation
def projects() -> Projects:
    return Projects(database=database(), keys=keys(), digest=DigestRest(queues()))


@rebuilt_on_rotation
def sign_in() -> SignIn:
    return SignIn(
        database=database(),
        mail=direct_mail,
        hashes=CodeHashes(keys()),
        tokens=Tokens(keys()),
        now=database().now,
        limits=SignInLimits(settings().sign_in.per_ip),
    )


@rebuilt_on_rotation
def invitations() -> Invitations:
    return Invitations(database=database(), keys=keys(), mail=direct_mail, now=database().now)


@rebuilt_on_rotation
def unsubscribing() -> Unsubscribing:
    mail = settings().beginning_with(NOTIFICATION_CHANNELS["email"].settings)
    return Unsubscribing(accounts=accounts(), keys=EmailSettings.from_section(mail).unsubscribe_keys)


def check_database() -> None:
    """Raises where the database does not answer."""
    with database().transaction() as connection:
        outage.ping(connection)


def is_database_away(error: Exception) -> bool:
    """Return whether the error means that the database is away for the moment, so that trying again makes sense."""
    return outage.is_outage(error)


def is_database_starting(error: Exception) -> bool:
    """Return whether a database that is away is about to be there, as after a pause."""
    return outage.is_starting(error)
