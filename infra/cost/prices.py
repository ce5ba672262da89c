"""List prices as plain data. They change: look them up before you rely on a figure."""

from dataclasses import dataclass

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`usd` per `per` units. `free` units a month cost nothing, for the whole account and without an end."""

    unit: str
    usd: float
    per: float = 1
    free: float = 0

    def share_billed(self, quantity: float) -> float:
        """Return the part of a month's quantity beyond the free units."""
        return max(0.0, quantity - self.free) / quantity if quantity else 0.0


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region, without the offers for an account's first year."""

    region: str
    as_of: str
    source: str
    lambda_requests: Rate = Rate("requests", 0.20, MILLION, free=MILLION)
    lambda_gb_seconds: Rate = Rate("GB-seconds, arm64", 0.0000133334, free=400_000)
    sqs_requests: Rate = Rate("requests", 0.40, MILLION, free=MILLION)
    acu_hours: Rate = Rate("ACU-hours", 0.12)
    database_storage: Rate = Rate("GB-months", 0.10)
    database_io: Rate = Rate("requests", 0.20, MILLION)
    database_backup: Rate = Rate("GB-months", 0.021)
    proxy_acu_hours: Rate = Rate("ACU-hours, at least 8 at once", 0.015)
    nat_gateway_hours: Rate = Rate("hours", 0.045)
    nat_gateway_gb: Rate = Rate("GB", 0.045)
    nat_instance_hours: Rate = Rate("hours, t4g.micro", 0.0084)
    public_ipv4_hours: Rate = Rate("hours", 0.005)
    disk: Rate = Rate("GB-months, gp3", 0.08)
    http_api_requests: Rate = Rate("requests", 1.00, MILLION)
    #: https://aws.amazon.com/api-gateway/pricing/, WebSocket APIs: messages of up to 32 KB in either direction.
    line_messages: Rate = Rate("messages", 1.00, MILLION)
    line_minutes: Rate = Rate("connection minutes", 0.25, MILLION)
    log_gb: Rate = Rate("GB", 0.50, free=5)
    log_storage: Rate = Rate("GB-months, compressed", 0.03)
    metrics: Rate = Rate("metrics", 0.30, free=10)
    alarms: Rate = Rate("metrics watched", 0.10, free=10)
    dashboards: Rate = Rate("dashboards", 3.00, free=3)
    secrets: Rate = Rate("secrets", 0.40)
    secret_calls: Rate = Rate("calls", 0.05, 10_000)
    traces: Rate = Rate("traces", 5.00, MILLION, free=100_000)
    schedule_runs: Rate = Rate("invocations", 1.00, MILLION, free=14 * MILLION)
    transfer_out: Rate = Rate("GB", 0.09, free=100)
    #: Both sides pay a cent.
    transfer_between_zones: Rate = Rate("GB", 0.02)


US_EAST_1 = Prices(
    region="us-east-1",
    as_of="2026-11",
    source="AWS's public price pages, from memory and approximate; other regions differ by up to a third",
)
