"""The operator's commands that stop notifications, let them go again, and take them back."""

import argparse
from collections.abc import Callable

from infra.cli.parsing import Parser, ahead, given, lazily, moment

#: Adds a command: see `infra.cli.operator`.
Add = Callable[..., Parser]
WHAT = ("type", "producer", "team_id")


def register(add: Add) -> None:
    """Add hold, holds, let-go and recall."""
    text = "stop deliveries, those to come as well, until they are let go; the inbox goes on"
    hold = add("hold", text, _hold, "stopping_view:placed")
    hold.add_argument("--channel")
    _add_what(hold)
    hold.add_argument("--request", metavar="ID", dest="request_id")
    hold.add_argument("--why", required=True, metavar="TEXT", dest="reason", help="who looks later wants to know")
    hold.add_argument("--until", type=ahead, metavar="2h|TIME", help="ends by itself then")
    hold.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    add(
        "holds",
        "list the open holds and what they stop",
        lambda options: given("holds", options, []),
        "stopping_view:holds",
    )

    text = "end a hold: its deliveries go out at a rate, or are discarded"
    let_go = add("let-go", text, _let_go, "stopping_view:gone")
    let_go.add_argument("hold_id", metavar="HOLD")
    let_go.add_argument("--rate", type=float, default=50, help="deliveries a second (50)")
    let_go.add_argument("--discard", action="store_true", help="end what the hold stops as skipped: discarded")
    let_go.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    text = "take requests back: stop what has not gone out, and remove it from the inbox"
    recall = add("recall", text, _recall, "stopping_view:recalled")
    recall.add_argument("request_ids", metavar="REQUEST", nargs="*")
    _add_what(recall)
    recall.add_argument("--since", type=moment, metavar="2h|TIME", help="with --type, --team or --producer")
    text = "new words as JSON (title, body, link): the inbox shows them, and pushes that are out are replaced"
    recall.add_argument("--replace", metavar="FILE", help=text)
    recall.add_argument("--dry-run", action="store_true", help="count, and change nothing")


def _add_what(parser: Parser) -> None:
    parser.add_argument("--type")
    parser.add_argument("--producer", metavar="NAME")
    parser.add_argument("--team", metavar="ID", dest="team_id")


def _hold(options: argparse.Namespace) -> dict[str, object]:
    return given("hold", options, ["channel", *WHAT, "request_id", "reason", "until", "dry_run"])


def _let_go(options: argparse.Namespace) -> dict[str, object]:
    return given("let_go", options, ["hold_id", "rate", "discard", "dry_run"])


def _recall(options: argparse.Namespace) -> dict[str, object]:
    words = {"replace": lazily("infra.cli.run_producer:words_of")(options.replace)} if options.replace else {}
    return {**given("recall", options, ["request_ids", *WHAT, "since", "dry_run"]), **words}
