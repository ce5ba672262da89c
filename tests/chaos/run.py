"""One run: a seed in, a report out."""

import time
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import text

from owlpost.db.session import Database
from tests.chaos import balance, destinations, script, verdict
from tests.chaos.crowd import Crowd, Errand
from tests.chaos.plan import VISIBILITY
from tests.chaos.producers import Producers
from tests.chaos.saboteur import Saboteur
from tests.chaos.system import System, running_system

#: How long faults rage, and how long all may take to come to rest afterwards, on a machine that does other things as well. On
#: one that does not, it takes less than a minute.
SECONDS = 10.0
REST_SECONDS = 240.0
#: Mails that Resend refused by themselves, as the providers count them.
MAILS_REFUSED = "resend: partial"
#: Producers ask in the first part of the run, so that most of the work is done while faults rage.
ASKING = 0.6
#: When in the run quiet hours end. Clocks are set in so many seconds, and again where the machine was too slow.
DAWN = 0.5
SETTING_SECONDS = 1.5
TRIES = 5
NOW = text("select now()")
#: What an operator does once a renderer is mended.
RENDER_AGAIN = {"command": "redrive", "error": "render_error", "rate": 1_000}
#: Time passes in small: what has been due for so long is swept.
GRACE_SECONDS = VISIBILITY


@dataclass
class Report:
    """`problems` is empty where every promise was kept; `injected` and `repeats` are counts by kind and cause.

    `rested_after` is how many seconds after the last fault nothing was left to do.
    """

    seed: int
    seconds: float = 0.0
    rested_after: float = 0.0
    requests: int = 0
    deliveries: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    repeats: Counter[str] = field(default_factory=Counter)
    #: Pushes that a phone missed which its provider called dead.
    missed: int = 0
    #: Deliveries that went out as one with others at the end of quiet hours, by channel.
    gathered: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def run(seed: int, *, seconds: float = SECONDS, only: Collection[str] = ()) -> Report:
    """Let everything happen that the seed says, or `only` acts of these kinds, then say what became of what was accepted."""
    began = time.monotonic()
    random = Random(seed)  # noqa: S311 (a repeatable experiment, not a secret)
    crowd = Crowd.drawn(random)
    errands = crowd.errands(random, seconds=ASKING * seconds)
    acts = [act for act in script.written(random, seconds=seconds) if not only or act.kind in only]
    with running_system(seed) as system:
        with closing(system.database()) as database:
            crowd.move_in(database)
            destinations.move_in(database, system.providers, crowd.phones)
            _fall_asleep(system, database, crowd, DAWN * seconds)
        report = Report(seed, requests=len(errands))
        _rage(system, errands, acts, report)
        with closing(system.database()) as database:
            _rest(system, database, report)
            _judge(system, database, crowd, errands, report)
    report.seconds = time.monotonic() - began
    return report


def _fall_asleep(system: System, database: Database, crowd: Crowd, seconds: float) -> None:
    """Give sleepers a night that ends in about so many seconds. It ends with a full minute, so the clocks are set before."""
    for _ in range(TRIES):
        with database.transaction() as connection:
            now: datetime = connection.execute(NOW).scalar_one()
        dawn = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        left = (dawn - now).total_seconds()
        if seconds / 2 <= left <= 2 * seconds:
            break
        system.pass_time((left - seconds - SETTING_SECONDS) % 60)
    crowd.fall_asleep(database, until=dawn)


def _rage(system: System, errands: Sequence[Errand], acts: Sequence[script.Act], report: Report) -> None:
    saboteur = Saboteur(system)
    producers = Producers(system, patience=REST_SECONDS)
    with ThreadPoolExecutor(1) as stage:
        producing = stage.submit(producers.run, errands)
        saboteur.play(acts)
    producing.result()
    if saboteur.lost_queues:
        producers.again(errands)
    report.injected = saboteur.injected() + Counter(producers.noted)
    report.problems += producers.problems


def _rest(system: System, database: Database, report: Report) -> None:
    """No more faults, and time passes: until nothing is pending."""
    began = time.monotonic()
    while left := balance.unfinished(database, requests=report.requests):
        if time.monotonic() - began > REST_SECONDS:
            report.problems.append(f"{left} requests, chunks or deliveries did not end in {REST_SECONDS:g} s")
            break
        system.invoke("sweep", {"grace_seconds": GRACE_SECONDS})
        system.invoke("operate", RENDER_AGAIN)
        time.sleep(0.5)
    report.rested_after = time.monotonic() - began


def _judge(system: System, database: Database, crowd: Crowd, errands: Sequence[Errand], report: Report) -> None:
    audited: dict[str, Any] = system.invoke("operate", {"command": "audit"}) or {}
    if not audited.get("balances"):
        report.problems.append(f"the audit does not balance: {audited}")
    system.providers.stop()
    ledger = verdict.accepted(system.providers.data_dir)
    settings = destinations.environment(system.providers)
    deliveries = balance.deliveries(database)
    pushes = verdict.Pushes(deliveries, ledger, system.failures.seen, balance.believed_dead(database))
    report.deliveries = Counter(f"{each.channel} {each.status}" for each in deliveries)
    report.repeats = Counter(pushes.repeats())
    report.problems += balance.misstored(database, errands)
    report.problems += verdict.misdelivered_mails(deliveries, ledger, refused=report.injected[MAILS_REFUSED])
    report.problems += pushes.misdelivered(crowd.phones)
    report.problems += destinations.misdelivered(deliveries, ledger, settings)
    report.problems += balance.retired_too_many(database)
    report.missed = pushes.missed
    report.gathered = verdict.gathered(deliveries)
    report.problems += [cause for cause in report.repeats if cause.startswith("unexplained")]
