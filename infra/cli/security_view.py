"""What `owlpost security` prints."""

from typing import Any

from infra.cli.output import say, table, time_of


def security(answer: Any) -> bool:
    """Print the events of the audit trail; True because a list is never a fault."""
    found = answer["events"]
    rows = (
        (time_of(event["created_at"]), event["kind"], event["actor"] or "unknown", event["source_hash"])
        for event in found
    )
    table(("at", "event", "actor", "source"), rows)
    say(f"{len(found)} events")
    return True
