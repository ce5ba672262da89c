"""Run `owlpost cost`: the price of a month, from the topology, measured times and printed assumptions."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from infra.aws.configuration import KEY, Configuration
from infra.cli.errors import BadInput
from infra.cli.output import PIPE_WIDTH
from infra.cost.assumptions import Assumptions
from infra.cost.bill import Bill, bill
from infra.cost.choices import choices
from infra.cost.installation import Installation
from infra.cost.prices import Prices
from infra.topology.canary import as_chosen
from infra.topology.lines import with_lines
from infra.topology.plan import topology

CDK_JSON = Path(__file__).parents[2] / "cdk.json"
#: Less than half a cent.
NOTHING = 0.005


def cost(options: argparse.Namespace) -> int:
    try:
        wanted = _configuration(options)
        chosen = as_chosen(topology(wanted.channels), wanted.environment)
        chosen = with_lines(chosen) if wanted.lines else chosen
        plan = Installation(topology=chosen, configuration=wanted, assumed=_assumptions(options.assume))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadInput(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    volumes, free_tier = options.notifications, not options.no_free_tier
    bills = [bill(plan, volume, free_tier=free_tier) for volume in volumes]
    compared = {
        name: [bill(each, volume, free_tier=free_tier) for volume in volumes] for name, each in choices(plan).items()
    }
    if options.json:
        print(json.dumps(_as_json(plan, bills, compared), indent=2))
    else:
        _show(plan, bills, compared)
    return 0


def _configuration(options: argparse.Namespace) -> Configuration:
    """Return the configuration of `cdk.json`, overridden by the options."""
    wanted = {"egress": options.egress, "min_capacity": 0.5 if options.awake else None, "standby": options.standby}
    return configuration({name: value for name, value in wanted.items() if value is not None})


def configuration(wanted: Mapping[str, object] | None = None) -> Configuration:
    """Return the configuration of `cdk.json`, with these values instead of its own."""
    said = json.loads(CDK_JSON.read_text(encoding="utf-8"))["context"].get(KEY, {})
    return Configuration.from_context({**said, **(wanted or {})})


def _assumptions(said: Sequence[str]) -> Assumptions:
    """Return the assumptions with these `NAME=VALUE`; a list is comma-separated."""
    values: dict[str, Any] = {}
    for each in said:
        name, _, value = each.partition("=")
        values[name] = tuple(filter(None, value.split(","))) if name == "gated" else value
    return Assumptions.model_validate(values)


def _as_json(plan: Installation, bills: Sequence[Bill], compared: dict[str, list[Bill]]) -> dict[str, object]:
    prices = plan.prices
    return {
        "prices": {"region": prices.region, "as_of": prices.as_of, "source": prices.source},
        "assumptions": plan.assumed.model_dump(),
        "bills": [
            {
                "notifications": each.notifications,
                "usd": round(each.total, 2),
                "usd_per_1000": each.per_thousand,
                "database_awake_hours": round(each.awake_hours, 1),
                "items": [
                    {
                        "group": line.item.group,
                        "name": line.item.name,
                        "quantity": round(line.item.quantity, 3),
                        "unit": line.item.rate.unit,
                        "usd": round(line.usd, 4),
                    }
                    for line in each.lines
                ],
            }
            for each in bills
        ],
        "choices": {name: [round(each.total, 2) for each in alike] for name, alike in compared.items()},
    }


def _show(plan: Installation, bills: Sequence[Bill], compared: dict[str, list[Bill]]) -> None:
    console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(_items(bills))
    console.print()
    console.print(_choices(bills, compared))
    console.print()
    console.print(_assumed(plan.assumed))
    _say_where_from(console, plan.prices)


def _items(bills: Sequence[Bill]) -> Table:
    table = _table("$ a month at", "", bills)
    for group, name in bills[0].by_name():
        dollars = [each.by_name()[group, name] for each in bills]
        if any(each >= NOTHING for each in dollars):
            table.add_row(group, name, *map(_dollars, dollars))
    table.add_section()
    table.add_row("total", "", *(_dollars(each.total) for each in bills), style="bold")
    thousands = (each.per_thousand for each in bills)
    table.add_row("per 1,000", "", *("" if each is None else f"{each:,.4f}" for each in thousands))
    table.add_row("database awake, hours of 730", "", *(f"{each.awake_hours:,.0f}" for each in bills))
    return table


def _choices(bills: Sequence[Bill], compared: dict[str, list[Bill]]) -> Table:
    table = _table("what if", "", bills)
    for name, alike in compared.items():
        table.add_row(name, "", *(_dollars(each.total) for each in alike))
    return table


def _table(heading: str, second: str, bills: Sequence[Bill]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(heading, no_wrap=True)
    table.add_column(second, no_wrap=True)
    for each in bills:
        table.add_column(f"{each.notifications:,.0f}", justify="right")
    return table


def _assumed(assumed: Assumptions) -> Table:
    table = Table("assumed", "", "", box=None, pad_edge=False, header_style="bold")
    for name, field in Assumptions.model_fields.items():
        value = getattr(assumed, name)
        table.add_row(name, ", ".join(value) if isinstance(value, tuple) else str(value), field.description)
    return table


def _say_where_from(console: Console, prices: Prices) -> None:
    console.print(
        f"\nPrices of {prices.region}, {prices.as_of}: {prices.source}.\n"
        "Times of the functions: infra/cost/measured.py says how they were measured.\n"
        "Not in here: what Resend asks for mail, taxes, support, the few cents of S3 and KMS.",
        soft_wrap=True,
    )


def _dollars(value: float) -> str:
    return f"{value:,.2f}"
