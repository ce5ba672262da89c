"""The composition root: the one place that builds real objects, each at first use and kept while warm."""

from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import cast

from owlpost.channels.base import BadgeAdapter, ChannelAdapter
from owlpost.db import iam
from owlpost.db import migrate as migration
from owlpost.db.app_role import ensure_app_role
from owlpost.db.session import STATEMENT_TIMEOUT, Database, DatabaseAddress
from owlpost.domain.channels import NOTIFICATION_CHANNELS, Channel
from owlpost.domain.clock import utc_now
from owlpost.domain.errors import Misconfigured
from owlpost.observability import Meter
from owlpost.queue import Queues
from owlpost.rotation import kept, settings
from owlpost.services.alerts import Alerts
from owlpost.services.audit import Audit
from owlpost.services.badges import BadgesBeside, Worker
from owlpost.services.cleanup import Cleanup
from owlpost.services.dead_letters import DeadLetterQueues
from owlpost.services.delivery import Delivering
from owlpost.services.delivery_log import DeliveryLog
from owlpost.services.digest import Digests
from owlpost.services.direct_mail import DirectMail
from owlpost.services.dispatch import Dispatch
from owlpost.services.explain import Explain
from owlpost.services.feedback import Feedback
from owlpost.services.forecast import Forecast
from owlpost.services.inbound import DeadLetters, DeliveryMessages, RequestMessages
from owlpost.services.operations import Operations
from owlpost.services.redrive import Redrive
from owlpost.services.suppressions import Suppressions
from owlpost.services.sweep import Sweep

#: A migration may rebuild what takes minutes; everything else answers in seconds.
MIGRATION_SECONDS = 540


@cache
def database(statement_timeout: int = STATEMENT_TIMEOUT) -> Database:
    where = settings().database
    return Database.at(
        DatabaseAddress(
            host=where.host,
            port=where.port,
            name=where.name,
            user=where.user,
            password=_password,
            tls_authority=where.tls_authority,
            statement_timeout=statement_timeout,
        )
    )


def _password() -> str | None:
    where = settings().database
    if where.auth == "iam":
        return iam.auth_token(where.host, where.port, where.user)
    return where.password.get_secret_value() if where.password else None


@cache
def queues() -> Queues:
    return Queues.connect(settings().queue_urls)


@cache
def meter() -> Meter:
    return Meter(by_type=settings().metrics.by_type)


@kept
def adapter(channel: Channel) -> ChannelAdapter:
    """The channel's adapter, by the module that its registry entry names: a worker imports its own channel and no other."""
    if channel.adapter is None:
        raise Misconfigured(f"channel {channel.key} has no adapter to deliver with")
    module = import_module(channel.adapter)
    return cast("ChannelAdapter", module.build(settings().beginning_with(channel.settings)))


@cache
def dispatch() -> Dispatch:
    chunk_size = settings().dispatch.chunk_size
    return Dispatch(database=database(), queues=queues(), now=utc_now, chunk_size=chunk_size, meter=meter())


@cache
def request_messages() -> RequestMessages:
    return RequestMessages(dispatch(), DeadLetters(queues(), "requests"))


@kept
def delivery_messages() -> Worker:
    """The worker of the channel that this function delivers over."""
    plan = settings().delivery
    channel = NOTIFICATION_CHANNELS[plan.channel]
    through = adapter(channel)
    delivering = Delivering(
        database=database(),
        adapter=through,
        channel=channel,
        bounds=plan.retry,
        lease_seconds=plan.lease_seconds,
        settle_seconds=plan.settle_seconds,
        now=utc_now,
        meter=meter(),
    )
    deliveries = DeliveryMessages(delivering, queues(), DeadLetters(queues(), channel.key), plan.max_receives)
    return BadgesBeside(deliveries, database(), through, utc_now) if isinstance(through, BadgeAdapter) else deliveries


@kept
def direct_mail() -> DirectMail:
    """Imported at first use, as few invocations mail anything and all would wait for the templates' engine."""
    section = settings().beginning_with(NOTIFICATION_CHANNELS["email"].settings)
    return cast("DirectMail", import_module("owlpost.channels.direct_mail").build(section))


@kept
def alerts() -> Alerts:
    return Alerts(mail=direct_mail, to=settings().system_jobs.alert_email, now=utc_now)


@cache
def sweep() -> Sweep:
    return Sweep(database=database(), queues=queues(), now=utc_now)


@cache
def digests() -> Digests:
    return Digests(database=database(), dispatch=dispatch(), now=utc_now)


@cache
def cleanup() -> Cleanup:
    return Cleanup(database=database(), retention=settings().retention, now=utc_now, sweep=sweep())


@cache
def audit() -> Audit:
    return Audit(database(), receipts_kept=timedelta(days=settings().retention.receipt_days), now=utc_now)


@kept
def operations() -> Operations:
    dead_letters = DeadLetterQueues(database(), queues())
    return Operations(
        log=DeliveryLog(database()),
        explain=Explain(database(), Forecast(configured=_configured()), utc_now),
        redrive=Redrive(database(), queues(), dead_letters, utc_now),
        dead_letters=dead_letters,
        audit=audit(),
        suppressions=Suppressions(database()),
    )


@kept
def feedback() -> Feedback:
    return Feedback(database=database(), secrets=settings().webhooks.secrets, now=utc_now)


def _configured() -> frozenset[str]:
    """The names of those variables that are set of all that providers ask for."""
    asked_for = {
        name
        for channel in NOTIFICATION_CHANNELS.values()
        for credential in channel.credentials
        for name in credential.variables
    }
    return frozenset(settings().beginning_with(tuple(asked_for))) & asked_for


def migrate() -> list[str]:
    """The names of the migrations that ran."""
    owner = database(statement_timeout=MIGRATION_SECONDS)
    applied = migration.migrate(owner)
    if role := settings().database.app_role:
        ensure_app_role(owner, role)
    return applied
