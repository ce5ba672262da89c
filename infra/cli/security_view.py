"""What `owlpost security` prints."""

from typing import Any

from infra.cli.output import say, table, time_of


def security(answer: Any) -> bool:
    """Print the events of the audit trail; True because a list is never a fault."""
    found = answer["events"]
    rows = (
        (time_of(event["created_at"]), event["kind"], event["actor"] or "unknown", event["source_hash"], _detail(event))
        for event in found
    )
    table(("at", "event", "actor", "source", "detail"), rows)
    say(f"{len(found)} events")
    return True


def _detail(event: Any) -> str:
    return " ".join(f"{name}={value}" for name, value in event["detail"].items())
