"""A job that a person started has ended → `job.completed` to that person."""

import json
from typing import Literal
from uuid import UUID

from owlpost.domain import json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.requests import ByIds, EnqueueRequest
from owlpost.producers import wording
from owlpost.producers.facts import Count, Fact, Line, Name, Prose
from owlpost.producers.silence import OF_NO_TEAM, Silence
from owlpost.words import Words, english

LONGEST_ERROR = 2_000
#: Characters of the error in the body, which people read on a phone; `data` holds more.
LONGEST_ERROR_SHOWN = 200
#: Characters of JSON; a larger result is left out, with a note in its place.
LONGEST_RESULT = 8_000


class JobFinished(Fact):
    """The end of a run. A worker that died ends its run as `failed`.

    `started_by` is the person who started it. If an API key started it, `api_key_made_by` is the person who created the key.
    A scheduled run has neither.
    A system job has no team; its failures are mailed to the operator (`system_job`).
    """

    run_id: UUID
    job_type: Name
    label: Line = ""
    status: Literal["completed", "failed", "cancelled"]
    notify: bool
    team_id: UUID | None
    started_by: UUID | None = None
    api_key_made_by: UUID | None = None
    duration_ms: Count | None = None
    error: Prose = ""
    #: Any value; it is left out if it is not JSON or too large.
    result: object = None

    def duration(self, words: Words) -> str | None:
        return None if self.duration_ms is None else wording.duration(self.duration_ms, words)


def announce(job: JobFinished) -> EnqueueRequest | Silence:
    """Return the request, or Silence if `notify` is false, no person started the job, or it is a system job."""
    person = job.started_by or job.api_key_made_by
    if not job.notify:
        return Silence("notify is off")
    if person is None:
        return Silence("no person started the job")
    if job.team_id is None:
        return OF_NO_TEAM
    said = wording.told(lambda words: (title(job.status, job.label or _spoken(job.job_type), words), _body(job, words)))
    return EnqueueRequest(
        type="job.completed",
        recipients=ByIds(user_ids=(person,)),
        team_id=job.team_id,
        title=said.title,
        body=said.body,
        translations=said.translations,
        link="/dashboard/jobs",
        data={
            "job_type": job.job_type,
            "status": job.status,
            "duration": job.duration(english()),
            "error": wording.cut(job.error, LONGEST_ERROR) or None,
            "result": _result(job.result),
        },
        idempotency_key=f"job.completed:{job.run_id}",
    )


def title(status: str, job: str, words: Words) -> str:
    """Return how the job ended, as a title."""
    return wording.title(words(f"job.title.{status}", job="{}"), job)


def _spoken(job_type: str) -> str:
    """Return a readable job type: `symbol_upload` → `Symbol upload`."""
    words = job_type.replace("_", " ").strip() or job_type
    return words[0].upper() + words[1:]


def _body(job: JobFinished, words: Words) -> str:
    """Return `Finished in 2m 5s`, `Failed after 1.2s: error` or `Cancelled after 3m 0s`; the duration is optional."""
    duration = job.duration(words)
    if job.status == "completed":
        return words("job.finished_in", duration=duration) if duration else words("job.finished")
    ended = words(f"job.{job.status}_after", duration=duration) if duration else words(f"job.{job.status}")
    error = wording.cut(job.error, LONGEST_ERROR_SHOWN)
    return f"{ended}: {error}" if job.status == "failed" and error else ended


def _result(result: object) -> object:
    try:
        encoded = json.dumps(result, allow_nan=False)
        if len(encoded) > LONGEST_RESULT:
            return {"note": f"The result was left out: it has {len(encoded):,} characters of JSON."}
        plain: object = json.loads(encoded)
        json_values.check({"data": {"result": plain}}, "")
    except (TypeError, ValueError, RecursionError, InvalidRequest):
        return {"note": "The result was left out: it cannot be stored as JSON."}
    return plain
