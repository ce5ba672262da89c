"""A system job ended badly → a mail to the operator, never a notification.

Such jobs belong to no team: `db_pruning`, `partition_creation`, `attachment_cleanup`, `app_version_sync`, and the scheduled
functions of our own.
"""

import hashlib
import re
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime

from owlpost.domain.value import dataclass
from owlpost.producers import wording
from owlpost.producers.facts import Count, Fact, Name, Prose
from owlpost.producers.job_run import title
from owlpost.producers.silence import Silence
from owlpost.words import english

LONGEST_ERROR = 2_000
#: What an HTTP header takes as it is, and leaves room in the 256 characters of Resend's idempotency key.
PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class SystemJobEnded(Fact):
    """The end of a run. Without a `run_id`, all bad runs within an hour share one alert."""

    job_type: Name
    status: Literal["completed", "failed", "cancelled"]
    ended_at: AwareDatetime
    run_id: UUID | None = None
    duration_ms: Count | None = None
    error: Prose = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """The values of the template `job_alert`. Alerts with the same key are mailed once."""

    key: str
    values: dict[str, Any]


def announce(job: SystemJobEnded) -> Alert | Silence:
    """Return the alert, or Silence for a job that ended well."""
    if job.status == "completed":
        return Silence("the job ended well")
    facts = {
        "Job": job.job_type,
        "Status": job.status.capitalize(),
        "Ended": f"{job.ended_at:%Y-%m-%d %H:%M:%S %Z}",
        "Duration": None if job.duration_ms is None else wording.duration(job.duration_ms, english()),
        "Run": job.run_id and str(job.run_id),
    }
    return Alert(
        key=f"alert:{_spelled(job.job_type)}:{job.run_id or format(job.ended_at, '%Y-%m-%dT%H')}",
        values={
            "title": title(job.status, job.job_type, english()),
            "view": {
                "status": job.status,
                "facts": [(label, fact) for label, fact in facts.items() if fact],
                "error": wording.cut(job.error, LONGEST_ERROR),
            },
        },
    )


def _spelled(job_type: str) -> str:
    """Return the name for a key, which is a header of the provider: itself if it is plain, else its hash."""
    return job_type if PLAIN.fullmatch(job_type) else hashlib.sha256(job_type.encode()).hexdigest()
