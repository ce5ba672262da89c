"""Mail the operator about jobs that failed or were cancelled, including our own scheduled functions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from owlpost.domain.clock import Clock
from owlpost.domain.value import dataclass
from owlpost.observability import count, logger
from owlpost.producers import system_job
from owlpost.producers.system_job import SystemJobEnded
from owlpost.services.direct_mail import DirectMail


@dataclass(frozen=True, slots=True)
class Alerts:
    """`to` is SYSTEM_JOBS_ALERT_EMAIL. If it is not set, alerts are only logged and counted."""

    mail: Callable[[], DirectMail]
    to: str | None
    now: Clock

    def report(self, job: SystemJobEnded) -> bool:
        """Mail about a job that failed or was cancelled, once for each run. Return whether the job needed an alert.

        Raises InvalidRequest or Unavailable if the mail could not be sent.
        """
        alert = system_job.announce(job)
        if not alert:
            return False
        logger().error("system job ended badly", extra={"job": job.job_type, "status": job.status})
        count("SystemJobFailed")
        if self.to:
            self.mail().send(self.to, "job_alert", alert.values, key=alert.key)
        return True

    @contextmanager
    def on_failure(self, function: str) -> Iterator[None]:
        """Report an error of the block, at most once an hour, and raise it again, whether or not the mail could be sent."""
        try:
            yield
        except Exception as error:
            self._report_failure(function, error)
            raise

    def _report_failure(self, function: str, error: Exception) -> None:
        said = f"{type(error).__name__}: {error}"
        try:
            self.report(SystemJobEnded(job_type=function, status="failed", ended_at=self.now(), error=said))
        except Exception:  # noqa: BLE001 (the error that is reported comes first; this one is logged)
            logger().exception("alert was not mailed", extra={"job": function})
