"""What destinations and revive print: a block for each destination, which fits into 80 columns."""

import textwrap
from collections.abc import Iterator
from typing import Any

from infra.cli.output import say, time_of

WIDTH = 79
#: Of the longest heading, with the spaces around it.
INDENT = 16


def destinations(answer: Any) -> bool:
    """Print each destination; True because it is never a fault."""
    owner, found = answer["owner"], answer["destinations"]
    _say(_whose(owner, len(found)))
    for each in found:
        say("")
        _say(f"{each['label']} ({each['channel']}, {each['kind']}): {_state(each)}")
        for heading, value in _lines(each):
            _say(f"  {heading:{INDENT - 2}}{value}", indent=INDENT)
    return True


def revived(answer: Any) -> bool:
    since = f" since {time_of(answer['was_dead_since'])} UTC" if answer["was_dead_since"] else ""
    _say(f"{answer['label']} ({answer['channel']}) is {answer['state']} again; it was dead{since}.")
    if answer["state"] == "unverified":
        say("It was never proven to be its owner's, so it gets nothing until a test has reached it.")
    say("What was skipped meanwhile stays skipped; owlpost redrive sends what failed.")
    return True


def _say(line: str, *, indent: int = 0) -> None:
    for part in textwrap.wrap(line, WIDTH, subsequent_indent=" " * indent):
        say(part)


def _whose(owner: Any, number: int) -> str:
    s = "" if number == 1 else "s"
    if owner["kind"] == "team":
        return f"The team {owner['name']} ({owner['id']}) has {number} room{s}."
    return f"{owner['email']} ({owner['name']}, {owner['id']}) has {number} destination{s}."


def _state(each: Any) -> str:
    since = f" since {time_of(each['dead_at'])}" if each["state"] == "dead" and each["dead_at"] else ""
    return f"{each['state']}{since}"


def _lines(each: Any) -> Iterator[tuple[str, str]]:
    yield "id", each["id"]
    if each["team_id"]:
        yield "told of", ", ".join(each["types"]) if each["types"] else "every type"
    yield "last success", time_of(each["last_ok_at"]) or "none"
    if each["last_error"]:
        yield "last error", f"{time_of(each['last_error_at'])} {each['last_error_means']} ({each['last_error']})"
    if each["failing_since"]:
        yield "failing", f"since {time_of(each['failing_since'])}, {each['failures']} times"
    yield "last test", _test(each)
    if each["state"] == "dead":
        yield "to mend it", f"owlpost revive {each['id']}"


def _test(each: Any) -> str:
    if not each["tested_at"]:
        return "none"
    why = f": {each['test_error_means']} ({each['test_error']})" if each["test_error"] else ""
    return f"{time_of(each['tested_at'])} {each['test_status'] or 'its delivery is gone'}{why}"
