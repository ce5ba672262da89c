"""The parts of the operator's commands."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from owlpost.channels.looks import Look, Looking
from owlpost.domain.channel import Channel
from owlpost.domain.clock import utc_now
from owlpost.domain.messages import Delivery
from owlpost.filled_secrets import FilledSecrets
from owlpost.sandbox import once
from owlpost.services.enqueue.recall import Recall
from owlpost.services.operator.checkup import Checkup
from owlpost.services.operator.connected import Connected
from owlpost.services.operator.dead_letter_edits import DeadLetterEdits
from owlpost.services.operator.dead_letter_queues import DeadLetterQueues
from owlpost.services.operator.dead_requests import DeadRequests
from owlpost.services.operator.delivery_log import DeliveryLog
from owlpost.services.operator.estimate import Estimate
from owlpost.services.operator.explain import Explain
from owlpost.services.operator.forecast import Forecast
from owlpost.services.operator.holds import Holds
from owlpost.services.operator.hurry import Hurry
from owlpost.services.operator.journal import Journal
from owlpost.services.operator.operations import Operations
from owlpost.services.operator.overview import CanaryWatch, Now
from owlpost.services.operator.people import People
from owlpost.services.operator.person import Persons
from owlpost.services.operator.personal_data import PersonalData
from owlpost.services.operator.recall import RecallByOperator
from owlpost.services.operator.redrive import Redrive
from owlpost.services.operator.refused_requests import RefusedRequests
from owlpost.services.operator.requests import Requests
from owlpost.services.operator.security import SecurityTrail
from owlpost.services.operator.suppressions import Suppressions
from owlpost.services.schedules.let_go import LetGo
from owlpost.wiring.audit import audit
from owlpost.wiring.badges import badge_requests
from owlpost.wiring.base import database, queues
from owlpost.wiring.brake import brake
from owlpost.wiring.nudges import nudges
from owlpost.wiring.settings import rebuilt_on_rotation, settings
from owlpost.wiring.wakeup import wakeup

#: A database here is a laptop's or a test's.
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@rebuilt_on_rotation
def operations() -> Operations:
    dead_letters = DeadLetterQueues(database(), queues())
    trail = SecurityTrail(database(), database().now)
    return Operations(
        log=DeliveryLog(database()),
        explain=Explain(database(), Forecast(_configured), database().now, brake(), settings().guests.list, _look),
        now=Now(database(), queues(), utc_now, _canary_watch()),
        requests=Requests(database(), database().now, RefusedRequests(dead_letters)),
        people=People(database()),
        connected=Connected(database()),
        redrive=Redrive(database(), queues(), dead_letters, wakeup()),
        dead_letters=dead_letters,
        dead_requests=DeadRequests(database(), queues(), dead_letters),
        audit=audit(),
        checkup=Checkup(database(), utc_now, on_this_machine=settings().database.host in THIS_MACHINE),
        suppressions=Suppressions(database()),
        security=trail,
        hurry=Hurry(database(), queues(), wakeup()),
        dead_letter_edits=DeadLetterEdits(database(), queues(), dead_letters),
        estimate=Estimate(database(), brake()),
        journal=Journal(database(), trail, database().now),
        holds=Holds(database(), LetGo(database(), queues()), wakeup()),
        persons=Persons(database(), database().now),
        personal_data=PersonalData(database(), database().now, nudges(database()).hang_up),
        recall=RecallByOperator(database(), Recall(database(), badge_requests(database(), queues)), queues(), wakeup()),
    )


def _canary_watch() -> CanaryWatch | None:
    wanted = settings().canary
    return CanaryWatch(wanted.channels, wanted.rules) if wanted.channels else None


@once
def filled_secrets() -> FilledSecrets | None:
    """Return None where the environment names no secrets, as on the laptop."""
    secrets = settings().credentials.in_secrets
    return FilledSecrets.connect(secrets) if secrets else None


def _look(channel: Channel) -> Callable[[Delivery], Look] | None:
    """The module `look` beside the channel's adapter, imported at first use: few commands show a content."""
    module = f"{str(channel.adapter).rpartition('.')[0]}.look"
    if find_spec(module) is None:
        return None
    looking = cast("Looking", import_module(module))
    section = settings().beginning_with(channel.settings)
    return lambda delivery: looking.look(delivery, section)


def _configured() -> frozenset[str]:
    """Return the names of those variables that are set of all that providers ask for."""
    filled = filled_secrets()
    return frozenset(settings().credentials.given) | (filled.variables() if filled else frozenset())
