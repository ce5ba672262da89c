"""The bill: it adds up, follows the topology, and charges a small installation for nothing it does not need."""

import json
from dataclasses import replace

import pytest

from infra.aws.configuration import Configuration
from infra.cli.main import main
from infra.cost.assumptions import HOURS, Assumptions
from infra.cost.bill import Bill, bill
from infra.cost.choices import choices
from infra.cost.installation import Installation
from infra.cost.measured import Invocation
from infra.cost.prices import MILLION, Rate
from infra.cost.traffic import fires
from infra.topology.model import EventSource, Function, Queue, Schedule, Secret
from infra.topology.plan import topology
from owlpost.domain.channels import queued_channels, queued_with
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS

VOLUMES = (0, 1, 10_000, 20_000, 1_000_000, 2_000_000, 100_000_000, 200_000_000)
QUIET = Installation(configuration=Configuration(environment={"DIGEST_ISSUES_TOLD": "true"}))


def of(found: Bill, group: str, name: str) -> float:
    return found.by_name()[group, name]


def configured(**values: object) -> Installation:
    return Installation(configuration=Configuration.from_context(values))


def test_what_is_free_is_free_once_for_all_items_together() -> None:
    found = bill(Installation(), 100_000_000)
    requests = sum(line.item.quantity for line in found.lines if line.item.rate == Installation().prices.sqs_requests)
    dollars = sum(line.usd for line in found.lines if line.item.group == "queues")
    assert dollars == pytest.approx((requests - MILLION) * 0.40 / MILLION)


def test_a_total_is_the_sum_of_its_lines() -> None:
    found = bill(Installation(), 1_000_000)
    assert found.total == pytest.approx(sum(found.by_name().values()))
    assert found.per_thousand == pytest.approx(found.total / 1_000)


def test_prices_hold_by_hand() -> None:
    """Two items counted with pencil: 8 units of a proxy for a month, and polls that find nothing."""
    quiet = bill(Installation(), 0, free_tier=False)
    polls = 5 * 3600 / 20 * HOURS
    assert of(quiet, "queues", "email") == pytest.approx(polls * 0.40 / MILLION)
    proxied = bill(replace(Installation(), proxy=True), 0)
    assert of(proxied, "database", "proxy") == pytest.approx(8 * HOURS * 0.015)
    assert Rate("GB", 2.0, per=10, free=5).share_billed(20) == pytest.approx(0.75)


def test_more_notifications_never_cost_less() -> None:
    for plan in choices(Installation()).values():
        totals = [bill(plan, volume).total for volume in VOLUMES]
        assert totals == sorted(totals)


def test_no_item_is_negative_and_nothing_is_free_for_who_has_used_up_the_free_units() -> None:
    for volume in VOLUMES:
        found, without = bill(Installation(), volume), bill(Installation(), volume, free_tier=False)
        assert min(line.usd for line in found.lines) >= 0
        assert without.total > found.total


def test_a_new_channel_brings_its_items() -> None:
    plan = topology()
    plan = replace(
        plan,
        functions=(*plan.functions, Function("deliver-webhook", "functions.deliver.handler", 512, 30)),
        queues=(*plan.queues, Queue("webhook", visibility_timeout=190, max_receive_count=7)),
        event_sources=(*plan.event_sources, EventSource("webhook", "deliver-webhook", 10, 1, 5)),
        secrets=(*plan.secrets, Secret("webhook", ("HOOK_KEY",))),
    )
    before, after = bill(Installation(), 1_000_000), bill(Installation(topology=plan), 1_000_000)
    assert of(after, "functions", "deliver-webhook") > 0
    assert of(after, "queues", "webhook") > 0
    assert of(after, "secrets", "kept") == pytest.approx(of(before, "secrets", "kept") + 0.40)
    assert of(after, "watching", "alarms") > of(before, "watching", "alarms")


def test_fuller_batches_cost_less() -> None:
    plan = topology()
    single = replace(plan, event_sources=tuple(replace(each, batch_size=1) for each in plan.event_sources))
    full, alone = (bill(Installation(topology=each), 100_000_000) for each in (plan, single))
    assert of(alone, "functions", "deliver-email") > 10 * of(full, "functions", "deliver-email")


def test_a_quiet_installation_with_a_paused_database_stays_below_a_bound() -> None:
    found = bill(QUIET, 0)
    assert found.awake_hours < 7
    channels = len(queued_channels())
    assert found.total < 45 + 2 * channels
    instance = replace(QUIET, configuration=QUIET.configuration.model_copy(update={"egress": "nat-instance"}))
    assert bill(instance, 0).total < 19 + 2 * channels
    ipv6_only = replace(QUIET, configuration=QUIET.configuration.model_copy(update={"egress": "ipv6-only"}))
    assert bill(ipv6_only, 0).total < 8 + 2 * channels


def test_an_optional_channel_is_paid_for_once_it_is_switched_on() -> None:
    on = replace(QUIET, topology=topology(queued_with(OPTIONAL_CHANNELS)))
    assert 0 < bill(on, 0).total - bill(QUIET, 0).total < 2 * len(OPTIONAL_CHANNELS)
    assert ("functions", "deliver-webhook") not in bill(QUIET, 1_000_000).by_name()
    assert of(bill(on, 100_000_000), "functions", "deliver-webhook") > 0


def test_a_digest_is_gated_where_the_host_tells_of_its_issues_and_where_there_is_no_project() -> None:
    without_projects = Installation(assumed=Assumptions(projects=0))
    assert (
        bill(without_projects, 0).awake_hours == bill(QUIET, 0).awake_hours < bill(Installation(), 0).awake_hours / 15
    )


def test_a_sweep_that_wakes_the_database_keeps_it_awake_all_month() -> None:
    ungated = Installation(assumed=Assumptions(gated=()))
    assert bill(ungated, 0).awake_hours == pytest.approx(HOURS)
    assert bill(ungated, 0).total - bill(QUIET, 0).total > 40


def test_hours_awake_are_those_of_the_schedules_where_nobody_comes() -> None:
    """Twenty-four digests, each for nine minutes; cleanup at six comes within one of them, the audit holds it three longer."""
    found = bill(Installation(), 0)
    assert found.awake_hours == pytest.approx(HOURS * (24 * 9 + 3) / (24 * 60))
    longer = bill(configured(pause_after_minutes=30), 0)
    assert longer.awake_hours == pytest.approx(HOURS * (24 * 34 + 3) / (24 * 60))


def test_a_schedule_that_is_added_wakes_the_database_only_if_it_uses_it() -> None:
    plan = topology()

    def with_report(*, database: bool) -> Installation:
        return replace(
            QUIET,
            topology=replace(
                plan,
                functions=(*plan.functions, Function("report", "functions.report.handler", 256, 60, database=database)),
                schedules=(*plan.schedules, Schedule("report", "report", "rate(30 minutes)")),
            ),
        )

    assert bill(with_report(database=False), 0).awake_hours == pytest.approx(bill(QUIET, 0).awake_hours)
    assert bill(with_report(database=True), 0).awake_hours > 10 * bill(QUIET, 0).awake_hours


def test_schedules_fire_as_often_as_they_say() -> None:
    assert [len(fires(each)) for each in ("rate(5 minutes)", "cron(0 * * * ? *)", "cron(0 6 * * ? *)")] == [288, 24, 1]


def test_a_function_with_two_schedules_runs_for_both() -> None:
    plan = topology()
    again = replace(plan, schedules=(*plan.schedules, Schedule("sweep-daily", "sweep", "cron(2 6 * * ? *)")))
    runs, more = (Installation(topology=each).traffic(0).runs["sweep"].times for each in (plan, again))
    assert more == pytest.approx(runs * 289 / 288)


def test_nobody_pays_for_a_database_or_a_network_that_they_brought() -> None:
    brought = bill(configured(vpc="vpc-1", database={"host": "db.example"}), 10_000)
    groups = {line.item.group for line in brought.lines}
    assert groups.isdisjoint({"database", "network"})


def test_each_choice_is_dearer_or_cheaper_as_the_decisions_say() -> None:
    total = {name: bill(plan, 10_000).total for name, plan in choices(Installation()).items()}
    usual = total["as configured"]
    assert total["IPv6 only, no NAT"] < total["NAT instance"] < usual < total["RDS Proxy"]
    assert usual == total["NAT gateway"]
    assert usual < total["database always awake"]
    assert total["the host tells of its issues, or there is no project"] < usual < total["deliveries counted by type"]


def test_work_takes_longer_on_a_share_of_a_processor_and_waiting_does_not() -> None:
    taken = Invocation(processor_ms=10, per_message_ms=1, waits_ms=100)
    assert taken.milliseconds(messages=10, memory_mb=1_769, slower=1) == pytest.approx(120)
    assert taken.milliseconds(messages=10, memory_mb=512, slower=2) == pytest.approx(100 + 40 * 1_769 / 512)


def test_the_command_prints_the_bill_and_every_assumption(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost"]) == 0
    printed = capsys.readouterr().out
    for said in ("10,000", "1,000,000", "100,000,000", "per 1,000", "NAT gateway", "us-east-1", "Resend"):
        assert said in printed
    assert [name for name in Assumptions.model_fields if name not in printed] == []


def test_the_command_takes_other_volumes_choices_and_assumptions(capsys: pytest.CaptureFixture[str]) -> None:
    said = [
        "--notifications",
        "500",
        "--egress",
        "nat-gateway",
        "--awake",
        "--assume",
        "people_per_request=1",
        "--json",
    ]
    assert main(["cost", *said]) == 0
    answer = json.loads(capsys.readouterr().out)
    (only,) = answer["bills"]
    assert (only["notifications"], only["database_awake_hours"]) == (500, HOURS)
    assert only["usd"] == pytest.approx(sum(item["usd"] for item in only["items"]), abs=0.01)
    assert {"name": "NAT gateway", "quantity": 730.0}.items() <= next(
        item for item in only["items"] if item["name"] == "NAT gateway"
    ).items()
    assert answer["assumptions"]["people_per_request"] == 1


def test_an_assumption_that_is_not_known_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cost", "--assume", "luck=1"]) == 2
    assert "luck" in capsys.readouterr().err
