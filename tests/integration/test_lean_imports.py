"""What a function's first event never waits for: libraries that it does not use. Each is imported in a fresh interpreter."""

import json
import subprocess
import sys

import pytest

from infra.topology.canary import whole
from infra.topology.model import Function
from owlpost.domain.channel import Channel
from owlpost.domain.channels import NOTIFICATION_CHANNELS, queued_with
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS

#: Nobody's: the ORM, and what would bring a library in again that one of ours has taken the place of.
NOBODYS = {
    "sqlalchemy.orm",
    "sqlalchemy.dialects.postgresql",
    "boto3",
    "s3transfer",
    "requests",
    "httpx",
    "resend",
    "google",
    "firebase_admin",
    "aioapns",
}
DATABASE = {"sqlalchemy"}
MAIL = {"jinja2"}
PUSH = {"h2", "hpack"}
TOKENS = {"jwt", "cryptography"}
SEALS = "owlpost.seals"
#: With every optional channel.
CHANNELS = queued_with(OPTIONAL_CHANNELS)
PLAN = whole()
ROUTES = "aws_lambda_powertools.event_handler"
WORKER = {*MAIL, *PUSH, *TOKENS, SEALS, "httpcore", ROUTES, "functions.api"}

#: Of the tests' peers and tools, and taken by botocore or httpcore where it is found.
NOT_IN_THE_LAYER = ("OpenSSL", "anyio")

#: By channel: what its adapter does without. Nobody knows yet what a new channel needs.
UNUSED_BY_ADAPTER = {
    "email": {*TOKENS, SEALS},
    "mobile_push": {*MAIL, SEALS},
    "webhook": {*MAIL, "jwt"},
    "web_push": MAIL,
    "telegram": {*MAIL, "jwt"},
}


def _unused_by_worker(channel: Channel) -> set[str]:
    others = {str(each.adapter) for each in CHANNELS if each is not channel}
    rooms = {"owlpost.services.enqueue.dispatch", "owlpost.services.schedules.digest"}
    return {ROUTES, *rooms, *others, *UNUSED_BY_ADAPTER.get(channel.key, ())}


#: By function: what must not be there once it is imported, a worker with its channel's adapter.
UNUSED = {
    "enqueue": {
        *WORKER,
        "owlpost.services.delivery.attempt",
        "owlpost.services.schedules.digest",
        "owlpost.services.schedules.sweep",
        "owlpost.services.operator.redrive",
    },
    **{f"deliver-{channel.key}": _unused_by_worker(channel) for channel in CHANNELS},
    "api": {
        *MAIL,
        *PUSH,
        SEALS,
        "httpcore",
        "owlpost.services.enqueue.dispatch",
        "owlpost.services.delivery.attempt",
        "owlpost.channels.email.channel",
    },
    "dashboard": {
        *DATABASE,
        *MAIL,
        *PUSH,
        *TOKENS,
        "botocore.session",
        "pydantic",
        "owlpost.settings",
        "owlpost.domain.requests",
    },
    "provider_events": {*WORKER, "owlpost.services.enqueue.dispatch", "owlpost.services.delivery.attempt"},
    "sweep": {
        *WORKER,
        "owlpost.services.enqueue.dispatch",
        "owlpost.services.delivery.attempt",
        "owlpost.services.schedules.digest",
    },
    "digest": {*WORKER, "owlpost.services.schedules.sweep", "owlpost.services.operator.redrive"},
    "canary": {
        *WORKER,
        "owlpost.services.delivery.attempt",
        "owlpost.services.schedules.sweep",
        "owlpost.services.operator.redrive",
    },
    "cleanup": {
        *WORKER,
        "owlpost.services.enqueue.dispatch",
        "owlpost.services.delivery.attempt",
        "owlpost.services.schedules.digest",
    },
    "audit": {
        *WORKER,
        "owlpost.services.enqueue.dispatch",
        "owlpost.services.delivery.attempt",
        "owlpost.services.operator.redrive",
    },
    "alert": {*WORKER, *DATABASE, "owlpost.services.enqueue.dispatch", "owlpost.services.delivery.attempt"},
    "operate": {*WORKER, "owlpost.services.schedules.sweep", "owlpost.services.schedules.digest"},
    "line": {
        *WORKER - TOKENS,
        "jwt",
        "owlpost.services.enqueue.dispatch",
        "owlpost.services.delivery.attempt",
        "owlpost.services.schedules.digest",
    },
    "migrate": {*WORKER, "owlpost.services"},
}
every_function = pytest.mark.parametrize("function", PLAN.functions, ids=lambda function: function.name)


def modules_of(function: Function) -> list[str]:
    """The modules that a function imports before its first event: a worker its channel's adapter, too."""
    known = {**NOTIFICATION_CHANNELS, **OPTIONAL_CHANNELS}
    channel = known.get(function.environment.get("DELIVERY_CHANNEL", ""))
    return [function.entry.rpartition(".")[0], *([channel.adapter] if channel and channel.adapter else [])]


def imported(function: Function) -> set[str]:
    """All modules that are there once the function is ready for its first event, and the packages they are in."""
    hidden = f"import json, sys; sys.modules.update(dict.fromkeys({NOT_IN_THE_LAYER!r}))"
    code = f"{hidden}; import {', '.join(modules_of(function))}; print(json.dumps([*sys.modules]))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(ran.stdout))


@every_function
def test_a_function_imports_no_library_that_it_does_not_use(function: Function) -> None:
    assert imported(function) & (NOBODYS | UNUSED[function.name]) == set()


@pytest.mark.takes_long("imports seven functions with all they need, each in a fresh interpreter")
def test_what_the_table_forbids_is_what_others_import() -> None:
    """A library that is renamed or gone would be forbidden in vain."""
    workers = (f"deliver-{channel.key}" for channel in CHANNELS)
    functions = map(PLAN.function, ("api", *workers, "operate", "sweep", "digest"))
    seen = set().union(*map(imported, functions))
    assert set().union(*UNUSED.values()) - {"functions.api"} <= seen
    assert not NOBODYS & seen
