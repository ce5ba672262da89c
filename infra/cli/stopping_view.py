"""What hold, holds, let-go and recall print."""

from typing import Any

from infra.cli.output import say, table, time_of


def placed(answer: Any) -> bool:
    would = "would stop" if answer["dry_run"] else "stops"
    if answer["pending"]:
        say(f"It {would} {_numbers(answer['pending'])} that are pending now, and all that match from now on.")
    else:
        say(f"Nothing that is pending now matches. It {would} all that match from now on.")
    if answer["hold"]:
        until = answer["hold"]["until"]
        say(
            f"It ends by itself {time_of(until)} UTC."
            if until
            else f"End it with: owlpost let-go {answer['hold']['id']}"
        )
    return True


def holds(answer: Any) -> bool:
    rows = (
        (
            each["id"],
            _what(each),
            each["reason"],
            each["created_by"],
            time_of(each["created_at"]),
            time_of(each["until"]),
            _numbers(each["held"]),
            _numbers(each["pending"]),
        )
        for each in answer
    )
    table(("hold", "stops", "why", "by", "since", "until", "held", "pending in all"), rows)
    say(f"{len(answer)} holds")
    return True


def gone(answer: Any) -> bool:
    would = "would be " if answer["dry_run"] else ""
    if answer["discarded"]:
        say(f"The hold {would}ended; {would}discarded: {_numbers(answer['discarded'])}.")
    else:
        say(f"The hold {would}ended; {would}let go: {_numbers(answer['let_go'])}.")
    return True


def recalled(answer: Any) -> bool:
    would = "would be " if answer["dry_run"] else ""
    say(f"{answer['requests']} requests {would}recalled.")
    say(f"Stopped: {_numbers(answer['stopped'])}. Already out: {_numbers(answer['already_out'])}.")
    if "replaced" in answer:
        say(f"New words in {answer['inbox']} inboxes. Sent once more in its place: {_numbers(answer['replaced'])}.")
        say(f"{answer['already_read']} people had read it.")
        return True
    say(f"Removed from {answer['inbox']} inboxes; {answer['already_read']} people had read it.")
    return True


def _what(hold: Any) -> str:
    names = ("channel", "type", "producer", "team_id", "request_id")
    return ", ".join(f"{name.removesuffix('_id')} {hold[name]}" for name in names if hold[name]) or "everything"


def _numbers(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {channel}" for channel, number in sorted(counts.items())) or "nothing"
