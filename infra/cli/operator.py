"""The operator's commands: deliveries, explain, redrive, audit and so on. Each is one call of `owlpost-operate`."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from infra.cli import destinations, explain, hand, journal, person, security, stopping
from infra.cli.errors import BadInput
from infra.cli.parsing import Parser, add_target, given, lazily, moment, positive

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands
    from infra.cli.target import Target

Connect: TypeAlias = "Callable[[argparse.Namespace], Target]"
#: What an operator's options ask for, as the function takes it.
Command: TypeAlias = Callable[[argparse.Namespace], dict[str, object]]

REQUESTS = ("type", "since", "limit")
#: Seconds between two looks of `now --watch`, and what clears a terminal (ECMA-48: cursor home, erase display).
WATCH_SECONDS = 2.0
CLEAR = "\x1b[H\x1b[2J"
SELECTION = ("channel", "type", "error", "since", "until", "limit")
connect: Connect = lazily("infra.cli.target:connect")


def register(subcommands: "Subcommands", connect: Connect = connect) -> None:
    """Add the operator's commands; `connect` decides where they go."""
    operator = _Operator(subcommands, connect)
    operator.now()
    operator.requests()
    operator.top()
    operator.deliveries()
    explain.register(operator.add, connect)
    operator.redrive()
    operator.dead_letters()
    operator.audit()
    operator.suppressions()
    security.register(operator.add)
    journal.register(operator.add)
    hand.register(subcommands, connect)
    operator.release()
    operator.devices()
    destinations.register(operator.add)
    stopping.register(operator.add)
    person.register(operator.add, connect)


class _Operator:
    def __init__(self, subcommands: "Subcommands", connect: Connect) -> None:
        self._subcommands = subcommands
        self._connect = connect

    def now(self) -> None:
        text = "show at one look how Owlpost is; exit 1 if somebody has to act"
        parser = self.add("now", text, lambda options: given("now", options, []), "overview_view:overview")
        parser.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
        parser.add_argument("--every", type=float, default=WATCH_SECONDS, metavar="SECONDS", help="with --watch (2)")
        once: Callable[[argparse.Namespace], int] = parser.get_default("run")
        look = lazily("infra.cli.overview_view:looking")
        parser.set_defaults(run=lambda options: _watch(once, options, look) if options.watch else look(once, options))

    def requests(self) -> None:
        text = "list requests, newest first: who sends what"
        parser = self.add("requests", text, lambda options: given("requests", options, REQUESTS), "views:requests")
        parser.add_argument("--type")
        parser.add_argument("--since", type=moment, metavar="2h|TIME", help="accepted since (1h)")
        parser.add_argument("--limit", type=positive, help="requests listed (50)")

    def top(self) -> None:
        text = "count notifications by who sends them, of what type, to whom, or under which title"
        parser = self.add("top", text, lambda options: given("top", options, ["by", "since", "limit"]), "views:top")
        parser.add_argument("--by", choices=("producer", "type", "person", "title"), default="producer")
        parser.add_argument("--since", type=moment, metavar="2h|TIME", help="enqueued since (1h)")
        parser.add_argument("--limit", type=positive, help="lines (20)")

    def devices(self) -> None:
        text = "list a person's devices"
        parser = self.add("devices", text, lambda options: given("devices", options, ["user"]), "views:devices")
        parser.add_argument("user", metavar="ID|ADDRESS")

    def deliveries(self) -> None:
        parser = self.add("deliveries", "list deliveries, newest first", _list_deliveries, "views:deliveries")
        parser.add_argument("--status", choices=("pending", "sent", "failed", "skipped", "started"))
        parser.add_argument("--user", metavar="ID|ADDRESS")
        parser.add_argument("--request", metavar="ID", dest="request_id")
        _add_selection(parser, limit=50)

    def redrive(self) -> None:
        text = "send failed deliveries again, by today's preferences and suppressions; never what was sent"
        parser = self.add("redrive", text, _redrive, "views:redriven")
        parser.add_argument("--delivery", metavar="ID", dest="delivery_ids", action="append", help="may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument("--include-unknown", action="store_true", help="also those that may have been sent")
        parser.add_argument("--rate", type=float, default=50, help="deliveries a second (50)")
        parser.add_argument("--pending", action="store_true", help="hurry: what waits for a retry goes now")
        parser.add_argument("--reason", dest="error", help="the same as --error")
        parser.add_argument("--request", metavar="ID", dest="request_id", help="with --pending: of one request")
        parser.add_argument("--requests", action="store_true", help="resubmit the dead letters of the requests queue")
        _add_selection(parser, limit=None)

    def dead_letters(self) -> None:
        text = "count and list a dead-letter queue, show, save or discard its messages"
        parser = self.add("dead-letters", text, _dead_letters, "views:dead_letters")
        parser.add_argument("queue", metavar="QUEUE", help="requests, email, mobile_push …")
        parser.add_argument("--limit", type=positive, help="messages listed (100)")
        parser.add_argument("--show", metavar="ID", help="show one message whole")
        parser.add_argument("--save", metavar="FILE", help="write all messages to a file, one JSON object a line")
        parser.add_argument(
            "--edit", metavar="ID", help="send one request again with another body, from $EDITOR or --file"
        )
        parser.add_argument("--file", metavar="FILE", help="the body for --edit; - reads standard input")
        parser.add_argument(
            "--discard", metavar="ID", nargs="?", action="append", help="delete a message for good; may be repeated"
        )
        parser.add_argument("--error", help="with --dry-run or --yes: discard all messages with this error")
        parser.add_argument("--yes", action="store_true", help="discard what --error selects")
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        listed = parser.get_default("run")
        ways = {"save": self._save, "edit": self._edit}
        parser.set_defaults(
            run=lambda options: next((run for name, run in ways.items() if getattr(options, name)), listed)(options)
        )

    def audit(self) -> None:
        text = "compare what was accepted with what is stored and ended; exit 1 if it does not balance"
        parser = self.add("audit", text, lambda options: given("audit", options, ["since"]), "views:balance")
        parser.add_argument("--since", type=moment, metavar="2h|TIME", help="accepted since (1d)")

    def suppressions(self) -> None:
        text = "list the addresses that get no mail, newest first"
        parser = self.add("suppressions", text, _suppressions, "views:suppressions")
        parser.add_argument("contains", metavar="TEXT", nargs="?", help="a part of the address")
        parser.add_argument("--limit", type=positive, help="addresses on a page (100)")
        parser.add_argument("--after", metavar="CURSOR", help="the page after this one")

    def release(self) -> None:
        text = "let mail go to an address again that had bounced or complained"
        parser = self.add("release", text, lambda options: given("release", options, ["address"]), "views:released")
        parser.add_argument("address", metavar="ADDRESS")

    def add(self, name: str, text: str, command: Command, view: str) -> Parser:
        """Add a command whose answer the view shows; the view returns whether all is well."""
        parser = self._subcommands.add_parser(name, help=text, description=text.capitalize() + ".")
        add_target(parser)
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")

        def run(options: argparse.Namespace) -> int:
            asked = command(options)
            answer = self._connect(options).operate(asked)
            if options.json:
                print(json.dumps(answer, indent=2, ensure_ascii=False))
                return 0 if lazily("infra.cli.views:is_well")(answer) else 1
            return 0 if lazily(f"infra.cli.{view}")(answer) else 1

        parser.set_defaults(run=run)
        return parser

    def _save(self, options: argparse.Namespace) -> int:
        number: int = lazily("infra.cli.run_save:save")(self._connect(options), options.queue, options.save)
        print(f"{number} messages were written to {options.save}; they stay in the queue.")
        return 0

    def _edit(self, options: argparse.Namespace) -> int:
        return int(lazily("infra.cli.run_edit:edit")(self._connect(options), options))


def _watch(once: Callable[[argparse.Namespace], int], options: argparse.Namespace, look: Callable[..., int]) -> int:
    while True:
        if sys.stdout.isatty():
            print(CLEAR, end="")
        look(once, options)
        time.sleep(max(0.1, options.every))


def _add_selection(parser: argparse.ArgumentParser, *, limit: int | None) -> None:
    parser.add_argument("--channel")
    parser.add_argument("--type")
    parser.add_argument("--error", help="the reason code, such as validation_error")
    parser.add_argument("--since", type=moment, metavar="2h|TIME", help="enqueued since (7d)")
    parser.add_argument("--until", type=moment, metavar="2h|TIME", help="enqueued before")
    parser.add_argument("--limit", type=positive, default=limit)


def _list_deliveries(options: argparse.Namespace) -> dict[str, object]:
    named = options.request_id is not None
    recent = {} if named else {"since": moment("7d")}
    return {**recent, **given("deliveries", options, [*SELECTION, "status", "user", "request_id"])}


def _redrive(options: argparse.Namespace) -> dict[str, object]:
    if options.requests:
        return given("redrive_requests", options, ["dry_run", "limit"])
    if options.pending:
        return given("hurry", options, [*SELECTION, "delivery_ids", "request_id", "dry_run", "rate"])
    if options.request_id:
        raise BadInput("--request is for --pending; owlpost deliveries --request ID lists what failed")
    recent = {} if options.delivery_ids else {"since": moment("7d")}
    chosen = given("redrive", options, [*SELECTION, "delivery_ids", "dry_run", "include_unknown", "rate"])
    return {**recent, **chosen}


def _suppressions(options: argparse.Namespace) -> dict[str, object]:
    return given("suppressions", options, ["contains", "after", "limit"])


def _dead_letters(options: argparse.Namespace) -> dict[str, object]:
    if options.show:
        return {"command": "dead_letter", "queue": options.queue, "id": options.show}
    ids = [each for each in options.discard or [] if each]
    if options.discard and not ids and options.error is None:
        raise BadInput("--discard names a message, or stands with --error")
    if not ids and options.error is None:
        return given("dead_letters", options, ["queue", "limit"])
    if options.error is not None and not (options.yes or options.dry_run):
        raise BadInput("--error discards messages for good: look with --dry-run first, then say --yes")
    chosen = given("discard_dead_letters", options, ["queue", "error", "dry_run"])
    return {**chosen, "ids": ids}
