"""Run `owlpost estimate`, and the check of `owlpost send --expect`."""

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infra.cli.errors import BadInput
from infra.cli.output import say, table
from infra.cli.run_cost import configuration
from infra.cli.run_producer import body_of
from infra.cost.assumptions import Assumptions
from infra.cost.bill import bill
from infra.cost.installation import Installation
from owlpost.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from infra.cli.target import Target


def estimate(options: argparse.Namespace, owlpost: "Target") -> int:
    """Print whom the request would reach, and what that costs. Raises BadInput for one that enqueue would refuse."""
    try:
        body = body_of(options.file)
    except InvalidRequest as error:
        raise BadInput(str(error)) from None
    answer = {**owlpost.operate({"command": "estimate", "request": body})}
    answer["usd"] = cost_of(answer["people"], answer["requests"])
    if options.json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    else:
        _show(answer)
    return 0


def require_expected(owlpost: "Target", body: Mapping[str, object], expected: int) -> None:
    """Raise BadInput unless the request would reach so many people."""
    people = owlpost.operate({"command": "estimate", "request": dict(body)})["people"]
    if people != expected:
        raise BadInput(f"it would reach {people} people, not {expected}: nothing was sent; owlpost estimate says who")


def cost_of(people: int, requests: int) -> float:
    """Return the dollars that AWS asks for so many notifications beyond the fixed costs, without the free tier."""
    assumed = Assumptions(people_per_request=max(1.0, people / max(1, requests)))
    plan = Installation(configuration=configuration(), assumed=assumed)
    return round(bill(plan, people, free_tier=False).total - bill(plan, 0, free_tier=False).total, 6)


def _show(answer: Any) -> None:
    rows = (
        (each["channel"], rule, people, _time(each) if rule == "sent" else "")
        for each in answer["channels"]
        for rule, people in each["rules"].items()
    )
    table(("channel", "rule", "people", "all out in"), rows)
    say("")
    say(f"{answer['people']} people; nothing was sent.")
    if answer["unknown"]:
        say(f"{answer['unknown']} ids are nobody's.")
    if answer["braked"]:
        say("The brake would hold it: its producer has sent BRAKE_PER_PRODUCER requests within the minute.")
    say(f"About ${answer['usd']:.4f} of AWS, beyond what runs anyway; not in here: what Resend asks for mail.")


def _time(each: Any) -> str:
    seconds = each["out_in_seconds"]
    return "no rate to tell by: nothing was sent lately" if seconds is None else f"{seconds:,.0f} s"
