"""Show `owlpost now`."""

import argparse
import json
from collections.abc import Callable
from typing import Any

from infra.cli.errors import Unreachable
from infra.cli.output import say, table, time_of
from infra.cli.stopping_view import holds
from owlpost.domain.explanations import explain


def looking(once: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Look once. Where there is nobody to ask, this is what somebody has to do something about."""
    try:
        return once(options)
    except Unreachable as error:
        sentence = f"{error}."
        if options.json:
            print(json.dumps({"attention": [sentence]}))
        else:
            say(f"! {sentence}")
        return error.code


def overview(answer: Any) -> bool:
    """Show what somebody has to do first, then the numbers."""
    for sentence in answer["attention"]:
        say(f"! {sentence}")
    if not answer["attention"]:
        say("All is well.")
    say("")
    rows = (
        (
            load["channel"],
            load["pending"],
            load["due"],
            load["leased"],
            load["waiting"],
            load["held"],
            time_of(load["oldest"]),
            f"{outlook['rate']} a second",
            time_of(outlook["out_by"]),
        )
        for outlook in answer["channels"]
        for load in [outlook["load"]]
    )
    table(("channel", "pending", "due", "with a worker", "waiting", "held", "oldest", "sent", "all out by"), rows)
    say("")
    statuses = (
        (each["channel"], each["status"], each["error"], each["deliveries"], _remedy(each))
        for each in answer["statuses"]
    )
    table(("channel", "status (last hour)", "reason", "deliveries", "what to do"), statuses)
    say("")
    under_way = answer["under_way"]
    if under_way:
        headings = ("request under way", "type", "title", "producer", "people", "pending")
        table(
            headings,
            (
                [each[name] for name in ("id", "type", "title", "producer", "notifications", "pending")]
                for each in under_way
            ),
        )
        say("owlpost recall REQUEST takes one back.\n")
    if answer["suppressed"]:
        named = ", ".join(f"{each['address']} ({each['reason']})" for each in answer["suppressed"])
        say(f"Gets no mail since the last hour: {named}. Once it works again: owlpost release ADDRESS.\n")
    if answer["pauses"]:
        refusing = ([each[name] for name in ("channel", "provider", "reason")] for each in answer["pauses"])
        table(("channel", "waits for", "which says"), refusing)
        say("")
    if answer["holds"]:
        holds(answer["holds"])
        say("")
    for each in answer["canary"]:
        last = time_of(each["last_through"]) or "not within a day"
        reason = f", {each['reason']}" if each["reason"] else ""
        say(f"Canary over {each['channel']}: {each['verdict']}{reason}; last came through {last}.")
    depths = {**answer["queues"], **answer["dead_letters"]}
    say("Queues: " + ", ".join(f"{name} {depth}" for name, depth in sorted(depths.items())))
    versions = answer["versions"]
    sweep = time_of(versions["last_sweep"]) or "none yet"
    say(f"Last sweep with work: {sweep}. Schema {versions['schema'] or 'unknown'}, types {versions['registry']}.")
    skew = answer["clock_skew_seconds"]
    say(f"Clock skew {skew} s, {time_of(answer['at'])} UTC.")
    return not answer["attention"]


def _remedy(status: Any) -> str:
    return explain(status["error"]).remedy if status["status"] in ("failed", "skipped") and status["error"] else ""
