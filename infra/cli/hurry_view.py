"""What `owlpost redrive --pending` prints."""

from typing import Any

from infra.cli.output import say, table


def hurried(answer: Any) -> bool:
    """Print what goes now; True because nothing to hurry is no fault."""
    rows = (
        (each["channel"], each["type"], each["error"], each["deliveries"], each["batches"])
        for each in answer["waiting"]
    )
    table(("channel", "type", "waits after", "deliveries", "batches"), rows)
    go = "would go now" if answer["dry_run"] else "go now"
    say(f"{answer['hurried']} deliveries that waited for a retry {go}.")
    if answer["more"]:
        say("More match: run the same command again.")
    return True
