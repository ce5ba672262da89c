"""What explain prints about a team's rooms."""

from typing import Any

from infra.cli.output import say, table


def team(answer: Any, kind: str, user: Any) -> None:
    """Print a line for each room, whether the person is a member, and which requests tell rooms at all."""
    named = f"{answer['team']['name']} ({answer['team']['id']})"
    if user:
        say("")
        member = f"is {answer['role']}" if answer["role"] else "is no member"
        say(f"{user['name']} {member} of the team {named}.")
    rooms = answer["rooms"]
    say(f"{kind} for the rooms of {named}:" if rooms else f"The team {named} has connected no room.")
    rows = (
        (each["label"], each["channel"], "sent" if each["sent"] else "not sent", each["rule"], each["explanation"])
        for each in rooms
    )
    table(("room", "channel", "", "rule", "why"), rows)
    say(answer["audience"])
