"""Functions, queues, schedules and the HTTP API: the items that are paid by use."""

import math
from collections.abc import Iterator

from infra.cost.installation import Installation
from infra.cost.item import Item
from infra.cost.measured import invocation
from infra.cost.traffic import API, SQS_BATCH, Runs, Traffic, receives, scheduled
from infra.topology.model import Function


def functions(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    for function in plan.topology.functions:
        runs = traffic.runs.get(function.name, Runs(0))
        yield Item("functions", function.name, runs.times, plan.prices.lambda_requests)
        yield Item("functions", function.name, gb_seconds(plan, function, runs), plan.prices.lambda_gb_seconds)


def gb_seconds(plan: Installation, function: Function, runs: Runs) -> float:
    taken = invocation(function.name).milliseconds(
        messages=runs.messages, memory_mb=function.memory_mb, slower=plan.assumed.slower
    )
    cold = cold_share(plan, runs) * plan.assumed.cold_start_ms
    return runs.times * (taken + cold) / 1000 * function.memory_mb / 1024


def cold_share(plan: Installation, runs: Runs) -> float:
    """Return the number of invocations without an idle sandbox. If invocations are rare, that is most of them."""
    a_minute = runs.times / (plan.assumed.busy_hours * 60)
    return math.exp(-a_minute * plan.assumed.sandbox_minutes)


def queues(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    for source in plan.topology.event_sources:
        deliveries = traffic.deliveries.get(source.queue, 0)
        runs = traffic.runs[source.function].times if deliveries else 0
        sends = max(deliveries / SQS_BATCH, traffic.requests) if deliveries else 0
        calls = sends + receives(plan.assumed, deliveries, runs)
        yield Item("queues", source.queue, calls, plan.prices.sqs_requests)


def schedules(plan: Installation, _traffic: Traffic) -> Iterator[Item]:
    yield Item("schedules", "all", sum(scheduled(plan.topology).values()), plan.prices.schedule_runs)


def http_api(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    prices = plan.prices
    yield Item("HTTP API", "requests", traffic.api_requests, prices.http_api_requests)
    answered = traffic.runs[API].times * plan.assumed.response_kb / 1e6
    provided = sum(traffic.deliveries.values()) * plan.assumed.provider_kb / 1e6
    yield Item("transfer", "to people and providers", answered + provided, prices.transfer_out)


def lines(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    """Return what pages cost that hold a line; nothing where there are none."""
    if plan.topology.lines:
        yield Item("lines", "open", traffic.line_minutes, plan.prices.line_minutes)
        yield Item("lines", "nudges and pings", traffic.line_messages, plan.prices.line_messages)


def secrets(plan: Installation, traffic: Traffic) -> Iterator[Item]:
    """Return the reads of secrets. A sandbox reads them at most once in five minutes."""
    yield Item("secrets", "kept", len(plan.topology.secrets), plan.prices.secrets)
    calls = 0.0
    for function in plan.topology.functions:
        times = traffic.runs.get(function.name, Runs(0)).times
        stretches = plan.assumed.busy_hours * 12
        calls += len(plan.topology.secrets_of(function)) * min(times, stretches)
    yield Item("secrets", "read", calls, plan.prices.secret_calls)
