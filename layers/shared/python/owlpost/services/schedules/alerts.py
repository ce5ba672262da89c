"""What the operator is mailed of jobs that ended badly, the scheduled functions of our own among them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from owlpost.domain.clock import Clock
from owlpost.observability import count, logger
from owlpost.producers import system_job
from owlpost.producers.system_job import SystemJobEnded
from owlpost.services.direct_mail import DirectMail


@dataclass(frozen=True, slots=True)
class Alerts:
    """`to` is SYSTEM_JOBS_ALERT_EMAIL; where there is none, alerts are logged and counted alone."""

    mail: Callable[[], DirectMail]
    to: str | None
    now: Clock

    def report(self, job: SystemJobEnded) -> bool:
        """Mail a job that failed or was cancelled; the same run again is no second mail. Whether there was need to.

        Raises InvalidRequest or Unavailable where the mail could not be sent.
        """
        alert = system_job.announce(job)
        if alert is None:
            return False
        logger().error("system job ended badly", extra={"job": job.job_type, "status": job.status})
        count("SystemJobFailed")
        if self.to:
            self.mail().send(self.to, "job_alert", alert.values, key=alert.key)
        return True

    @contextmanager
    def on_failure(self, function: str) -> Iterator[None]:
        """Report what the block raises, at most once an hour, and raise it: whether the mail works does not matter to it."""
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
