"""Owlpost as plain data: every function, queue, event source and schedule.

`infra/aws` makes a stack of it and `infra/local` runs it on a laptop, so batch sizes, windows, timeouts, retries and
schedules that hold in the cloud hold on the laptop. All times are seconds.
"""

from collections.abc import Sequence
from dataclasses import replace

from infra.topology.connecting import connecting_settings, told_settings
from infra.topology.model import OWNER, EventSource, Function, Queue, Route, Schedule, Secret, Topology
from infra.topology.paths import API_PATHS, DASHBOARD_PATHS
from infra.topology.worker_plans import WORKER_PLANS, worker_plan
from owlpost.domain import queue_names
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS, queued_channels
from owlpost.domain.queue_names import REQUESTS, dead_letter

#: What AWS asks of a queue that a function reads: visibility of at least six times the function's timeout.
VISIBILITY_FACTOR = 6
#: Whom all that leaves may reach.
GUEST_SETTINGS = ("GUEST_",)
#: Whether the icons of phones follow at once where fewer or more is unread.
BADGE_SETTINGS = ("BADGE_",)
#: What the API mails itself, codes and invitations, goes the way of the e-mail channel.
API_SETTINGS = (
    "JWT_",
    "HOST_JWT_",
    "SIGN_IN_",
    "EMBED_",
    *BADGE_SETTINGS,
    *GUEST_SETTINGS,
    *NOTIFICATION_CHANNELS["email"].settings,
)
#: By what the metrics of deliveries are counted.
METER_SETTINGS = ("METRICS_",)
#: How many are told in one transaction, and how much is too much.
BRAKE_SETTINGS = ("BRAKE_",)
DISPATCH_SETTINGS = ("DISPATCH_", *BADGE_SETTINGS, *BRAKE_SETTINGS, *METER_SETTINGS)
#: Where canaries go, and when one is missed. Webhooks about their mails are not counted with those of people.
CANARY_SETTINGS = ("CANARY_",)
#: How long rows are kept; an audit looks back no further.
RETENTION_SETTINGS = ("RETENTION_",)
#: What every link that ends a kind of mail is signed with.
UNSUBSCRIBE_SETTINGS = "UNSUBSCRIBE_"
#: Alerts to the operator go that way, too. They have no link to unsubscribe by, so nothing signs one.
ALERT_SETTINGS = (
    "SYSTEM_JOBS_",
    *GUEST_SETTINGS,
    *(setting for setting in NOTIFICATION_CHANNELS["email"].settings if setting != UNSUBSCRIBE_SETTINGS),
)


def _deliver_function(channel: Channel) -> Function:
    plan = worker_plan(channel)
    return Function(
        name=f"deliver-{channel.key}",
        entry="functions.deliver.handler",
        memory_mb=512,
        timeout=plan.timeout,
        settings=(*channel.settings, *METER_SETTINGS, *GUEST_SETTINGS),
        sends=(channel.key, dead_letter(channel.key)),
        receives=(channel.key,),
        environment={
            "DELIVERY_CHANNEL": channel.key,
            "DELIVERY_RETRY": plan.retry.model_dump_json(),
            # A worker that died can no longer settle: its function's timeout has passed, and a little for clocks.
            "DELIVERY_LEASE_SECONDS": str(plan.timeout + 5),
            "DELIVERY_MAX_RECEIVES": str(plan.max_receive_count),
            "DELIVERY_OTHER_WORKERS": str(plan.max_concurrency - 1),
        },
    )


def _channel_queue(channel: Channel) -> Queue:
    plan = worker_plan(channel)
    return Queue(channel.key, VISIBILITY_FACTOR * plan.timeout + plan.window, plan.max_receive_count)


def _channel_source(channel: Channel) -> EventSource:
    plan = worker_plan(channel)
    return EventSource(channel.key, f"deliver-{channel.key}", plan.batch_size, plan.window, plan.max_concurrency)


#: Scheduled functions end in good time: what is left over waits for the next run.
SCHEDULED_TIMEOUT = 300
#: Read by the sweep itself. A message waits ten minutes, and up to five more for the next sweep. It is hidden for less than
#: Lambda waits before it tries a failed sweep again, so that no retry finds nothing to do and passes for a success. A thousand
#: receives, the most that SQS counts to, are a day of sweeps that fail.
WAKEUP = Queue(queue_names.WAKEUP, visibility_timeout=55, max_receive_count=1_000, oldest=1_800)

#: Read by the digest itself, each hour: what it says before which hour nothing can be due stays for up to a day.
DIGEST = replace(WAKEUP, name=queue_names.DIGEST, oldest=None)

#: For functions that mail by themselves, at the same time as all workers of the e-mail channel.
BESIDE_MAIL_WORKERS = {"DELIVERY_OTHER_WORKERS": str(WORKER_PLANS["email"].max_concurrency)}


def _scheduled(
    name: str,
    *,
    sends: tuple[str, ...] = (),
    receives: tuple[str, ...] = (),
    settings: tuple[str, ...] = (),
    max_event_age: int = 3_000,
) -> Function:
    """One at a time; what it fails of is mailed to the operator. An event that waited for most of an hour is dropped."""
    return Function(
        name,
        f"functions.{name}.handler",
        memory_mb=512,
        timeout=SCHEDULED_TIMEOUT,
        settings=(*ALERT_SETTINGS, *settings),
        environment=BESIDE_MAIL_WORKERS,
        reserved_concurrency=1,
        sends=sends,
        receives=receives,
        max_event_age=max_event_age,
    )


def credentials() -> tuple[str, ...]:
    """The variables that providers ask for: `owlpost explain` says which are missing. Names matter there, values do not."""
    return tuple(
        variable
        for channel in queued_channels()
        for credential in channel.credentials
        for variable in credential.variables
    )


def topology(channels: Sequence[Channel] | None = None) -> Topology:
    """The whole of Owlpost; a new entry in the registry of channels brings its worker, queue and event source with it.

    Without `channels` it has those that are switched on.
    """
    channels = queued_channels() if channels is None else channels
    queues = queue_names.queue_names(channels)
    dead_letters = tuple(map(dead_letter, queues))
    connected = [channel for channel in channels if channel.by_destination]
    return Topology(
        functions=(
            Function(
                "enqueue",
                "functions.enqueue.handler",
                memory_mb=512,
                timeout=60,
                settings=DISPATCH_SETTINGS,
                sends=(*queues, dead_letter(REQUESTS)),
                receives=(REQUESTS,),  # to say when a request comes back
                starts=("alert",),  # which alone may mail the operator, and a member whose role changed
            ),
            *(_deliver_function(channel) for channel in channels),
            Function(
                "api",
                "functions.api.main.handler",
                memory_mb=1024,
                timeout=15,
                settings=(*API_SETTINGS, *connecting_settings(connected)),
                # Icons that are to show less, tests of destinations, and a digest that comes more often from now on.
                sends=(
                    *(channel.key for channel in channels if channel.by_device or channel.by_destination),
                    DIGEST.name,
                ),
                environment=BESIDE_MAIL_WORKERS,
                zone="api",
            ),
            Function("dashboard", "functions.dashboard.main.handler", 512, 15, ("EMBED_",), database=False),
            Function(
                "provider_events",
                "functions.provider_events.handler",
                memory_mb=512,
                timeout=15,
                settings=("RESEND_WEBHOOK_", *CANARY_SETTINGS, *told_settings(connected)),
                zone="provider_events",
            ),
            # A sweep that waited longer is made up for by the next, and two tries of one fit into it.
            _scheduled("sweep", sends=queues, receives=(WAKEUP.name,), settings=("OUTBOX_",), max_event_age=900),
            _scheduled("digest", sends=queues, receives=(DIGEST.name,), settings=(*DISPATCH_SETTINGS, "DIGEST_")),
            _scheduled("cleanup", sends=queues, settings=(*RETENTION_SETTINGS, *BADGE_SETTINGS)),
            _scheduled("audit", settings=RETENTION_SETTINGS),
            Function(
                "alert",
                "functions.alert.handler",
                memory_mb=512,
                timeout=15,
                settings=ALERT_SETTINGS,
                environment=BESIDE_MAIL_WORKERS,
                database=False,
            ),
            Function(
                "operate",
                "functions.operate.handler",
                memory_mb=512,
                timeout=60,
                # The last is where the links in a mail lead, to show it again.
                settings=(
                    *RETENTION_SETTINGS,
                    *BRAKE_SETTINGS,
                    *BADGE_SETTINGS,
                    *GUEST_SETTINGS,
                    *CANARY_SETTINGS,
                    "WEB_URL",
                    "CHAT_",
                ),
                told_of=credentials(),
                sends=queues,
                receives=dead_letters,
                zone="operate",
            ),
            Function("migrate", "functions.migrate.handler", memory_mb=512, timeout=600, zone=OWNER),
        ),
        queues=(
            Queue(REQUESTS, visibility_timeout=VISIBILITY_FACTOR * 60 + 1, max_receive_count=6),
            *(_channel_queue(channel) for channel in channels),
            WAKEUP,
            DIGEST,
        ),
        event_sources=(
            EventSource(REQUESTS, "enqueue", batch_size=10, window=0, max_concurrency=5),
            *(_channel_source(channel) for channel in channels),
        ),
        schedules=(
            Schedule("sweep", "sweep", "rate(5 minutes)"),
            Schedule("digest", "digest", "cron(0 * * * ? *)"),
            Schedule("cleanup", "cleanup", "cron(0 6 * * ? *)"),
            # Right after cleanup, which has woken the database: once asleep, it is not woken for this.
            Schedule("audit", "audit", "cron(3 6 * * ? *)"),
        ),
        routes=(
            Route("/v1/webhooks/resend", "provider_events"),
            *(
                Route(f"/v1/provider-events/{each.key}", "provider_events")
                for each in connected
                if told_settings([each])
            ),
            *(Route(path, "api") for path in API_PATHS),
            *(Route(path, "dashboard") for path in DASHBOARD_PATHS),
        ),
        secrets=(
            Secret("tokens", generated="JWT_KEYS"),
            Secret("unsubscribe", generated="UNSUBSCRIBE_KEYS"),
            *((Secret("destinations", generated="DESTINATION_KEYS"),) if connected else ()),
            # Not beside what an operator fills in: who sees the one is not to see the other.
            *(Secret(f"{channel.key}_secret", generated=each) for channel in channels if (each := channel.generated)),
            Secret("webhooks", ("RESEND_WEBHOOK_SECRETS",), prefix="RESEND_WEBHOOK_"),
            # One for each provider: a secret that somebody has filled in then says which provider has a key.
            *(Secret(each.provider, each.variables) for channel in channels for each in channel.credentials),
        ),
    )
