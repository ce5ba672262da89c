"""Mail under a rate limit: calls per thousand mails, and the used share of the limit."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from infra.local.laptop.providers import ProviderProcess
from infra.local.postgres.server import Postgres
from infra.topology.plan import topology
from tests.bench.delivery_rows import add_deliveries
from tests.bench.figures import Findings, Ratio, Times
from tests.bench.mail_source import Run, event_source
from tests.bench.server import Bench, bench_database

#: The limits of Resend's documentation in calls a second, and the seconds of a run.
LIMITS = (2, 5, 10)
SECONDS = 20
BATCH = 100
#: The topology has two workers. One is left while the other is stuck.
WORKERS = {2: "two workers", 1: "one alone"}
CALLS_REACH, SHARE_REACH = 12, 0.9
#: Mails a second: enough to fill a batch in the event source's window of three seconds, and too few for that.
TRICKLES: dict[float, float | None] = {50: CALLS_REACH, 20: None}


def measure(postgres: Postgres) -> Findings:
    findings = Findings("Mail: the limit is the fake Resend's, a process of its own")
    with bench_database(postgres, "bench_mail") as bench:
        for limit in LIMITS:
            for workers, who in WORKERS.items():
                run, name = _run(bench, limit, workers=workers), f"mail, {limit} calls/s, {who}"
                _note(findings, name, run)
                findings.notes.append(f"{name}: {run.mails_per_second:,.0f} mails a second.")
                findings.ratios.append(_share(name, run, limit=limit, reach=SHARE_REACH if workers > 1 else None))
        for rate, reach in TRICKLES.items():
            run = _run(bench, max(LIMITS), workers=2, per_second=rate)
            _note(findings, f"mail, {rate} mails/s", run, reach=reach)
    return findings


def _run(bench: Bench, limit: int, *, workers: int, per_second: float | None = None) -> Run:
    ids = add_deliveries(bench, round((per_second or limit * BATCH) * SECONDS), channel="email")
    with tempfile.TemporaryDirectory() as folder:
        fake = ProviderProcess(Path(folder), resend_rate=limit).start()
        try:
            with event_source(bench, _section(fake, workers), workers=workers) as source:
                return source.run(ids, per_second=per_second)
        finally:
            fake.stop()


def _section(fake: ProviderProcess, workers: int) -> Mapping[str, str]:
    """Return the settings of one of so many workers, which have the account's rate among them."""
    own = {name: value for name, value in fake.settings().items() if name.startswith(("RESEND_", "EMAIL_"))}
    decided = topology().function("deliver-email").environment
    decided = {**decided, "DELIVERY_OTHER_WORKERS": str(workers - 1)}
    return own | decided | {"WEB_URL": "https://owl.example.com", "UNSUBSCRIBE_KEYS": "a secret of some length"}


def _note(findings: Findings, name: str, run: Run, *, reach: float | None = CALLS_REACH) -> None:
    thousands = run.mails / 1_000
    cpu = Times(f"{name}: CPU of the workers for 100 mails", 100 * run.cpu_seconds / thousands, None, len(run.reports))
    findings.times.append(cpu)
    findings.ratios.append(Ratio(f"{name}: calls per 1,000 mails", len(run.calls) / thousands, reach))
    accepted = 1 - run.refused / len(run.calls)
    findings.ratios.append(Ratio(f"{name}: share of the calls not refused", accepted, more_is_better=True))


def _share(name: str, run: Run, *, limit: int, reach: float | None) -> Ratio:
    return Ratio(f"{name}: share of the limit", run.mails_per_second / (limit * BATCH), reach, more_is_better=True)
