"""What `owlpost journal` prints."""

from collections.abc import Mapping
from typing import Any

from infra.cli.output import say, table, time_of


def journal(answer: Any) -> bool:
    """Print the acts; True because a list is never a fault."""
    rows = (
        (time_of(act["at"]), act["who"] or "unknown", act["command"], _words(act["arguments"]), _result(act))
        for act in answer
    )
    table(("at", "who", "command", "arguments", "result"), rows)
    say(f"{len(answer)} acts")
    return True


def _result(act: Any) -> str:
    if act["error"]:
        return f"failed: {act['error']}"
    if act["ended_at"] is None:
        return "not ended: it goes on, or its function died"
    return _words(act["result"] or {})


def _words(values: Mapping[str, Any]) -> str:
    """Return names and values; counts by channel as `stopped=3 email, 1 mobile_push`. What is nothing is left out."""
    return " ".join(f"{name}={_value(value)}" for name, value in values.items() if value not in ({}, 0, False, None))


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{number} {name}" for name, number in value.items())
    return str(value)
