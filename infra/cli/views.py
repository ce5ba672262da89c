"""Show results to a person: one view for each command, which returns whether all is well."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

#: Wide enough for a whole line where the output goes to a file or a pipe.
PIPE_WIDTH = 200


def is_well(answer: Any) -> bool:
    """Return whether the answer tells of nothing that is wrong."""
    return not isinstance(answer, dict) or bool(answer.get("balances", True))


def deliveries(answer: Any) -> bool:
    rows = (
        (
            each["id"],
            each["channel"],
            each["type"],
            each["status"],
            each["error"],
            each["attempts"],
            each["recipient"] or f"gone: {each['user_id']}",
            _time(each["created_at"]),
            _time(each["next_attempt_at"]),
        )
        for each in answer
    )
    _table(
        ("delivery", "channel", "type", "status", "error", "attempts", "recipient", "enqueued", "next attempt"), rows
    )
    _say(f"{len(answer)} deliveries")
    return True


def explained(answer: Any) -> bool:
    if "sentences" in answer:
        for sentence in answer["sentences"]:
            _say(sentence)
        return True
    user = answer["user"]
    _say(f"{answer['type']} for {user['email']} ({user['name']}, {user['id']}):")
    rows = (
        (each["channel"], "sent" if each["sent"] else "not sent", each["rule"], each["explanation"])
        for each in answer["channels"]
    )
    _table(("channel", "", "rule", "why"), rows)
    return True


def redriven(answer: Any) -> bool:
    if "by_error" in answer:
        return _requests_redriven(answer)
    rows = (
        (
            each["channel"],
            each["type"],
            each["error"],
            f"skipped: {each['skip']}" if each["skip"] else "sent again",
            each["deliveries"],
        )
        for each in answer["groups"]
    )
    _table(("channel", "type", "error", "outcome", "deliveries"), rows)
    were = "would be" if answer["dry_run"] else "were"
    _say(f"{answer['redriven']} deliveries {were} sent again, {answer['skipped']} skipped.")
    if answer["dead_letters_removed"]:
        _say(f"{answer['dead_letters_removed']} dead letters that no longer matter were removed.")
    _refusals(answer["refused"])
    if answer["more"]:
        _say("More match: run the same command again.")
    return True


def dead_letters(answer: Any) -> bool:
    """Show a page, one whole message, or what was discarded."""
    if "discarded" in answer:
        _table(("error", "messages"), answer["by_error"].items())
        _say(f"{answer['discarded']} messages {'would be' if answer['dry_run'] else 'were'} discarded.")
    elif "messages" in answer:
        _dead_letter_page(answer)
    else:
        _table(("", ""), ((name, answer[name]) for name in ("id", "error", "correlation_id", "sent_at", "size")))
        _say(answer["body"])
    return True


def _dead_letter_page(answer: Any) -> None:
    _table(("error", "messages"), answer["by_error"].items())
    rows = (
        (each["id"], _time(each["sent_at"]), each["error"], each["correlation_id"], each["body"])
        for each in answer["messages"]
    )
    _table(("message", "sent", "error", "correlation id", "body"), rows)
    _say(f"{len(answer['messages'])} of about {answer['waiting']} messages in {answer['queue']}")


def balance(answer: Any) -> bool:
    rows = ((noun, answer[f"accepted_{noun}"], answer[f"stored_{noun}"]) for noun in ("notifications", "deliveries"))
    _say(f"{answer['requests']} requests accepted since {_time(answer['since'])}")
    _table(("", "accepted", "stored"), rows)
    _say(", ".join(f"{number} {status}" for status, number in sorted(answer["by_status"].items())) or "no deliveries")
    if answer["balances"]:
        _say("It balances.")
        return True
    off, duplicates, overdue = answer["off_balance"], answer["duplicates"], answer["overdue"]
    _say(f"It does not balance: {off} requests off balance, {duplicates} duplicates, {overdue} deliveries overdue.")
    for request in answer["requests_off_balance"]:
        _say(
            "request {request_id}: {stored_notifications} of {accepted_notifications} notifications,"
            " {stored_deliveries} of {accepted_deliveries} deliveries, {repeated} repeated,"
            " {overdue_chunks} chunks overdue".format(**request)
        )
    for delivery_id in answer["overdue_deliveries"]:
        _say(f"delivery {delivery_id} should have ended: owlpost explain {delivery_id}")
    return False


def suppressions(answer: Any) -> bool:
    found = answer["suppressions"]
    rows = (
        (each["address"], each["reason"], _time(each["created_at"]), each["detail"].get("message")) for each in found
    )
    _table(("address", "reason", "since", "what the provider said"), rows)
    _say(f"{len(found)} addresses")
    if answer["next"]:
        _say(f"More: add --after '{answer['next']}'")
    return True


def released(answer: Any) -> bool:
    _say(
        f"Mail goes to {answer['address']} again; it did not since {_time(answer['created_at'])} ({answer['reason']})."
    )
    _say("Resend keeps a list of its own: remove the address there, too. What was skipped meanwhile stays skipped.")
    return True


def _requests_redriven(answer: Any) -> bool:
    _table(("error", "requests"), answer["by_error"].items())
    if not answer["dry_run"]:
        _say(f"{answer['resubmitted']} requests were resubmitted; {answer['stored']} had been stored already.")
    return True


REFUSALS = {
    "sent": "were sent",
    "outcome_unknown": "may have been sent; --include-unknown takes them too",
    "pending": "are pending: they are sent by themselves, `owlpost explain ID` says when",
    "skipped": "were skipped: `owlpost explain ID` says why",
    "unknown_id": "do not exist",
}


def _refusals(refused: dict[str, int]) -> None:
    for reason, number in refused.items():
        _say(f"Refused: {_about(number)} that match {REFUSALS.get(reason, reason)}.")


def _about(number: int) -> str:
    return "more than 10,000" if number > 10_000 else str(number)


def _table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table if it fits into the width, else each row as lines of heading and value."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return
    console = _console()
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    if sum(widths) + len(widths) - 1 > console.width:
        _stack(headings, cells)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for row in cells:
        table.add_row(*row)
    console.print(table)


def _stack(headings: Sequence[str], cells: Iterable[Sequence[str]]) -> None:
    """Print each row as a block: ids stay whole, so that they can be copied."""
    longest = max(map(len, headings))
    for row in cells:
        for heading, value in zip(headings, row, strict=True):
            if value:
                _say(f"{heading:{longest}}  {value}")
        _say("")


def _say(sentence: str) -> None:
    _console().print(_cell(sentence), soft_wrap=True)


def _console() -> Console:
    """Return a console on today's standard output, which takes data for text and never for markup."""
    return Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def _cell(value: object) -> str:
    """Return the value as text without control characters: a terminal must not obey what a producer wrote."""
    return "".join(each if each.isprintable() else "�" for each in str("" if value is None else value))


def _time(value: str | None) -> str:
    return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M:%S}" if value else ""
