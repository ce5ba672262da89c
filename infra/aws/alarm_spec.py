"""What one alarm is made of, as plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from infra.aws.metrics import Metric, MetricMath


@dataclass(frozen=True, slots=True)
class AlarmSpec:
    """One alarm: `entry` is its heading in the runbook, `subject` what it is about, `remedy` what to do first.

    `periods` in a row must be over the threshold. `silence` is what a period without data means: that all is well, or the
    alarm of a heartbeat, or, for what speaks once a day, nothing: the alarm stays as it is. `recovery` is what CloudWatch
    does to the EC2 instance that the metric is about.
    """

    entry: str
    subject: str
    remedy: str
    metric: Metric | MetricMath
    threshold: float
    comparison: Literal["at least", "over", "below"] = "at least"
    periods: int = 1
    silence: Literal["fine", "alarm", "unchanged"] = "fine"
    recovery: Literal["recover", "reboot"] | None = None

    @property
    def title(self) -> str:
        """The alarm's name in the account, without the installation's prefix."""
        return f"{self.entry}: {self.subject}"

    @property
    def description(self) -> str:
        return f"{self.remedy} Runbook: docs/runbook.md#{self.entry.replace(' ', '-')}"

    @property
    def metrics(self) -> Sequence[Metric]:
        """What CloudWatch reads for this alarm, and bills."""
        return tuple(self.metric.metrics.values()) if isinstance(self.metric, MetricMath) else (self.metric,)
