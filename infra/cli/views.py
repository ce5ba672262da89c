"""Show results to a person: one view for each command, which returns whether all is well."""

from typing import Any

from infra.cli.content_view import content
from infra.cli.hurry_view import hurried
from infra.cli.output import say, table, time_of
from infra.cli.rooms_view import team


def is_well(answer: Any) -> bool:
    """Return whether the answer tells of nothing that is wrong."""
    return not isinstance(answer, dict) or (bool(answer.get("balances", True)) and not answer.get("attention"))


def deliveries(answer: Any) -> bool:
    rows = (
        (
            each["id"],
            each["channel"],
            each["type"],
            each["status"],
            each["waits_for"] or each["error"],
            each["attempts"],
            each["recipient"] or f"gone: {each['user_id']}",
            each["provider_id"],
            time_of(each["created_at"]),
            time_of(each["next_attempt_at"]),
        )
        for each in answer
    )
    headings = ("delivery", "channel", "type", "status", "error", "attempts", "recipient", "provider's id", "enqueued")
    table((*headings, "next attempt"), rows)
    say(f"{len(answer)} deliveries")
    return True


def requests(answer: Any) -> bool:
    accepted = [each for each in answer if not each["refused"]]
    rows = (
        (
            each["id"],
            each["type"],
            time_of(each["created_at"]),
            f"{each['notifications']}{' so far' if each['is_unfinished'] else ''}",
            ", ".join(f"{number} {channel}" for channel, number in sorted(each["deliveries"].items())),
            each["title"],
            each["correlation_id"],
        )
        for each in accepted
    )
    table(("request", "type", "accepted", "notifications", "deliveries", "title", "correlation id"), rows)
    say(f"{len(accepted)} requests")
    refused = [each for each in answer if each["refused"]]
    if refused:
        say("")
        named = (
            (
                each["id"],
                each["type"],
                time_of(each["created_at"]),
                each["refused"],
                each["title"],
                each["correlation_id"],
            )
            for each in refused
        )
        table(("refused", "type", "at", "why", "title", "correlation id"), named)
        say("owlpost dead-letters requests --edit ID mends one and sends it again.")
    return True


def top(answer: Any) -> bool:
    rows = (
        (each["name"], each["notifications"], each["requests"], each["people"], time_of(each["newest"]))
        for each in answer
    )
    table(("who or what", "notifications", "requests", "people", "newest"), rows)
    return True


def devices(answer: Any) -> bool:
    user = answer["user"]
    say(f"{user['email']} ({user['name']}, {user['id']}) has {len(answer['devices'])} devices.")
    rows = (
        (
            each["id"],
            each["platform"],
            each["environment"],
            f"…{each['token_end']}",
            each["device_model"],
            each["app_version"],
            time_of(each["registered_at"]),
            time_of(each["last_seen_at"]),
            f"dead since {time_of(each['retired_at'])}" if each["retired_at"] else "",
        )
        for each in answer["devices"]
    )
    table(("device", "platform", "environment", "token", "model", "app", "registered", "last seen", ""), rows)
    return True


def explained(answer: Any) -> bool:
    if "sentences" in answer:
        for sentence in answer["sentences"]:
            say(sentence)
        if answer.get("content"):
            content(answer["content"])
        return True
    if user := answer.get("user"):
        say(f"{answer['type']} for {user['email']} ({user['name']}, {user['id']}):")
        rows = (
            (each["channel"], "sent" if each["sent"] else "not sent", each["rule"], each["explanation"])
            for each in answer["channels"]
        )
        table(("channel", "", "rule", "why"), rows)
    if answer.get("team"):
        team(answer["team"], answer["type"], user)
    return True


def redriven(answer: Any) -> bool:
    if "hurried" in answer:
        return hurried(answer)
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
    table(("channel", "type", "error", "outcome", "deliveries"), rows)
    were = "would be" if answer["dry_run"] else "were"
    say(f"{answer['redriven']} deliveries {were} sent again, {answer['skipped']} skipped.")
    if answer["dead_letters_removed"]:
        say(f"{answer['dead_letters_removed']} dead letters that no longer matter were removed.")
    _refusals(answer["refused"])
    if answer["more"]:
        say("More match: run the same command again.")
    return True


def dead_letters(answer: Any) -> bool:
    """Show a page, one whole message, or what was discarded."""
    if "discarded" in answer:
        table(("error", "messages"), answer["by_error"].items())
        say(f"{answer['discarded']} messages {'would be' if answer['dry_run'] else 'were'} discarded.")
    elif "messages" in answer:
        _dead_letter_page(answer)
    else:
        table(("", ""), ((name, answer[name]) for name in ("id", "error", "correlation_id", "sent_at", "size")))
        say(answer["body"])
    return True


def _dead_letter_page(answer: Any) -> None:
    table(("error", "messages"), answer["by_error"].items())
    rows = (
        (each["id"], time_of(each["sent_at"]), each["error"], each["correlation_id"], each["body"])
        for each in answer["messages"]
    )
    table(("message", "sent", "error", "correlation id", "body"), rows)
    say(f"{len(answer['messages'])} of about {answer['waiting']} messages in {answer['queue']}")


def balance(answer: Any) -> bool:
    rows = ((noun, answer[f"accepted_{noun}"], answer[f"stored_{noun}"]) for noun in ("notifications", "deliveries"))
    say(f"{answer['requests']} requests accepted since {time_of(answer['since'])}")
    table(("", "accepted", "stored"), rows)
    say(", ".join(f"{number} {status}" for status, number in sorted(answer["by_status"].items())) or "no deliveries")
    _pending(answer["pending"])
    if answer["balances"]:
        say("It balances.")
        return True
    off, duplicates, overdue = answer["off_balance"], answer["duplicates"], answer["overdue"]
    say(f"It does not balance: {off} requests off balance, {duplicates} duplicates, {overdue} deliveries overdue.")
    for request in answer["requests_off_balance"]:
        say(
            "request {request_id}: {stored_notifications} of {accepted_notifications} notifications,"
            " {stored_deliveries} of {accepted_deliveries} deliveries, {repeated} repeated,"
            " {overdue_chunks} chunks overdue".format(**request)
        )
    for delivery_id in answer["overdue_deliveries"]:
        say(f"delivery {delivery_id} should have ended: owlpost explain {delivery_id}")
    return False


#: What is pending, by why, in words.
PENDING = {"due": "due", "retrying": "retrying", "waiting": "waiting by a rule", "held": "held"}


def _pending(groups: Any) -> None:
    told = [f"{group['deliveries']} {PENDING[why]} (since {time_of(group['oldest'])})" for why, group in groups.items()]
    if told:
        say(f"Pending, with the time of the oldest: {', '.join(told)}.")


def suppressions(answer: Any) -> bool:
    found = answer["suppressions"]
    rows = (
        (each["address"], each["reason"], time_of(each["created_at"]), each["detail"].get("message")) for each in found
    )
    table(("address", "reason", "since", "what the provider said"), rows)
    say(f"{len(found)} addresses")
    if answer["next"]:
        say(f"More: add --after '{answer['next']}'")
    return True


def released(answer: Any) -> bool:
    say(
        f"Mail goes to {answer['address']} again; it did not since {time_of(answer['created_at'])} ({answer['reason']})."
    )
    say("Resend keeps a list of its own: remove the address there, too. What was skipped meanwhile stays skipped.")
    return True


def _requests_redriven(answer: Any) -> bool:
    table(("error", "requests"), answer["by_error"].items())
    if not answer["dry_run"]:
        say(f"{answer['resubmitted']} requests were resubmitted; {answer['stored']} had been stored already.")
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
        say(f"Refused: {_about(number)} that match {REFUSALS.get(reason, reason)}.")


def _about(number: int) -> str:
    return "more than 10,000" if number > 10_000 else str(number)
