"""What person, export and erase print."""

import json
from collections.abc import Iterable
from typing import Any

from infra.cli.output import say, table, time_of

DESTINATIONS = ("destination", "channel", "label", "state", "last success", "last fault")
SUMS = ("type", "channel", "status", "reason", "deliveries", "newest")
DIRECT = ("mail", "what", "status", "reason", "mailed", "provider's id")
LATEST = ("delivery", "type", "channel", "status", "reason", "enqueued", "provider's ids")


def person(answer: Any) -> bool:
    """Print what there is about the person; True because it is never a fault."""
    say(f"{answer['email']} ({answer['name']}, {answer['id']}), an account since {time_of(answer['created_at'])} UTC")
    teams = ", ".join(f"{each['role']} of {each['name']}" for each in answer["teams"])
    say(f"Teams: {teams or 'none'}. Open sessions: {answer['sessions']}.")
    for each in answer["suppressions"]:
        say(
            f"Gets no mail since {time_of(each['created_at'])} UTC: {each['reason']}. owlpost release {answer['email']}"
        )
    _section("Devices", ("device", "platform", "token", "last seen", ""), map(_device, answer["devices"]))
    _section("Destinations", DESTINATIONS, map(_destination, answer.get("destinations", ())))
    say(f"Preferences: {json.dumps(answer['preferences'], ensure_ascii=False)}")
    _section("What they chose", ("at", "choice", "before", "after", "by"), map(_change, answer["changes"]))
    _section("In a week", SUMS, map(_sum, answer["week"]))
    _section("The newest of them", LATEST, map(_told, answer["latest"]))
    _section("Mailed directly in a week", DIRECT, map(_direct, answer["direct_mails"]))
    _section("Pending", ("delivery", "type", "channel", "waits for", "until"), map(_pending, answer["pending"]))
    return True


def exported(answer: Any) -> bool:
    """Print the page as it is: an export is JSON in any case."""
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    if answer["next"]:
        say(f"More: add --after '{answer['next']}', or --save FILE for the whole.")
    return True


def erased(answer: Any) -> bool:
    """Print the certificate, which is JSON in any case."""
    print(json.dumps(answer, indent=2, ensure_ascii=False))
    return True


def _section(title: str, headings: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    listed = list(rows)
    say("")
    say(title if listed else f"{title}: nothing")
    table(headings, listed)


def _device(each: Any) -> tuple[object, ...]:
    dead = f"dead since {time_of(each['retired_at'])}" if each["retired_at"] else ""
    return each["id"], each["platform"], f"…{each['token_end']}", time_of(each["last_seen_at"]), dead


def _destination(each: Any) -> tuple[object, ...]:
    went_well = time_of(each["last_ok_at"]) if each["last_ok_at"] else ""
    return each["id"], each["channel"], each["label"], each["state"], went_well, each["last_error"] or ""


def _change(each: Any) -> tuple[object, ...]:
    before, after = (json.dumps(each[side], ensure_ascii=False) for side in ("before", "after"))
    return time_of(each["at"]), each["path"], before, after, each["by"]


def _sum(each: Any) -> tuple[object, ...]:
    newest = time_of(each["newest"])
    return each["type"], each["channel"], each["status"], each["reason"], each["deliveries"], newest


def _told(each: Any) -> tuple[object, ...]:
    ids = ", ".join(each["provider_ids"])
    return each["id"], each["type"], each["channel"], each["status"], each["reason"], time_of(each["created_at"]), ids


def _direct(each: Any) -> tuple[object, ...]:
    mailed = time_of(each["created_at"])
    return each["id"], each["title"], each["status"], each["error"], mailed, each["provider_id"]


def _pending(each: Any) -> tuple[object, ...]:
    return each["id"], each["type"], each["channel"], each["reason"], time_of(each["next_attempt_at"])
