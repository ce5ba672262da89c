"""What an operator asks: deliveries, explain, redrive, audit and so on. Each is one invocation of `owlpost-operate`."""

import argparse
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from infra.cli import target, views
from infra.cli.target import Target

if TYPE_CHECKING:
    Subcommands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse gives it no other name)

Connect: TypeAlias = Callable[[argparse.Namespace], Target]
#: Shows an answer and says whether all is well.
View: TypeAlias = Callable[[Any], bool]

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SELECTION = ("channel", "type", "error", "since", "until", "limit")


def moment(value: str) -> str:
    """`2h` (ago), or ISO 8601, in UTC where it names no zone; as ISO 8601 with its zone."""
    if ago := re.fullmatch(r"(\d+)([smhd])", value):
        return (datetime.now(UTC) - timedelta(**{UNITS[ago[2]]: int(ago[1])})).isoformat()
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{value!r} is neither like 30m, 2h or 7d nor a time in ISO 8601") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()


def register(subcommands: "Subcommands", connect: Connect = target.connect) -> None:
    """Add the operator's commands; `connect` decides where they go."""
    operator = _Operator(subcommands, connect)
    operator.deliveries()
    operator.explain()
    operator.redrive()
    operator.dead_letters()
    operator.audit()
    operator.suppressions()
    operator.release()


class _Operator:
    def __init__(self, subcommands: "Subcommands", connect: Connect) -> None:
        self._subcommands = subcommands
        self._connect = connect

    def deliveries(self) -> None:
        parser = self._add("deliveries", "list deliveries, newest first", _list_deliveries, views.deliveries)
        parser.add_argument("--status", choices=("pending", "sent", "failed", "skipped"))
        parser.add_argument("--user", metavar="ID|ADDRESS")
        parser.add_argument("--request", metavar="ID", dest="request_id")
        _add_selection(parser, limit=50)

    def explain(self) -> None:
        text = "say what would happen (USER TYPE), or what a delivery did (DELIVERY), and why"
        parser = self._add("explain", text, _explain, views.explained)
        parser.add_argument("subject", metavar="USER|DELIVERY", help="a person's id or address, or a delivery's id")
        parser.add_argument("type", metavar="TYPE", nargs="?", help="a notification type, after a person")

    def redrive(self) -> None:
        text = "drive failed deliveries again, never what was sent, by the preferences and suppressions of now"
        parser = self._add("redrive", text, _redrive, views.redriven)
        parser.add_argument("--delivery", metavar="ID", dest="delivery_ids", action="append", help="may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument(
            "--include-unknown", action="store_true", help="also those that may have been sent (outcome_unknown)"
        )
        parser.add_argument("--rate", type=float, default=50, help="deliveries a second (50)")
        parser.add_argument("--requests", action="store_true", help="resubmit the dead letters of the requests queue")
        _add_selection(parser, limit=None)

    def dead_letters(self) -> None:
        text = "look at a dead-letter queue; its messages stay there"
        parser = self._add("dead-letters", text, _dead_letters, views.dead_letters)
        parser.add_argument("queue", metavar="QUEUE", help="requests, email, mobile_push …")
        parser.add_argument("--limit", type=int)

    def audit(self) -> None:
        text = "balance what was accepted against what is stored and ended; exit 1 if it does not balance"
        parser = self._add("audit", text, lambda options: _given("audit", options, "since"), views.balance)
        parser.add_argument("--since", type=moment, metavar="2h|TIME", help="accepted since (1d)")

    def suppressions(self) -> None:
        text = "list the addresses no mail goes to, newest first"
        parser = self._add("suppressions", text, _suppressions, views.suppressions)
        parser.add_argument("contains", metavar="TEXT", nargs="?", help="a part of the address")
        parser.add_argument("--limit", type=int)

    def release(self) -> None:
        text = "let mail go to an address again that had bounced or complained"
        parser = self._add("release", text, lambda options: _given("release", options, "address"), views.released)
        parser.add_argument("address", metavar="ADDRESS")

    def _add(
        self, name: str, text: str, command: Callable[[argparse.Namespace], dict[str, object]], view: View
    ) -> argparse.ArgumentParser:
        parser = self._subcommands.add_parser(name, help=text, description=text.capitalize() + ".")
        target.add_arguments(parser)
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")

        def run(options: argparse.Namespace) -> int:
            answer = self._connect(options).operate(command(options))
            if options.json:
                print(json.dumps(answer, indent=2, ensure_ascii=False))
                return 0 if views.is_well(answer) else 1
            return 0 if view(answer) else 1

        parser.set_defaults(run=run)
        return parser


def _add_selection(parser: argparse.ArgumentParser, *, limit: int | None) -> None:
    parser.add_argument("--channel")
    parser.add_argument("--type")
    parser.add_argument("--error", help="the reason code, such as validation_error")
    parser.add_argument("--since", type=moment, metavar="2h|TIME", help="enqueued since (7d)")
    parser.add_argument("--until", type=moment, metavar="2h|TIME", help="enqueued before")
    parser.add_argument("--limit", type=int, default=limit)


def _given(command: str, options: argparse.Namespace, *names: str) -> dict[str, object]:
    """The command with those of these options that were given."""
    values = {name: getattr(options, name) for name in names}
    return {"command": command, **{name: value for name, value in values.items() if value is not None}}


def _list_deliveries(options: argparse.Namespace) -> dict[str, object]:
    named = options.request_id is not None
    recent = {} if named else {"since": moment("7d")}
    return {**recent, **_given("deliveries", options, *SELECTION, "status", "user", "request_id")}


def _explain(options: argparse.Namespace) -> dict[str, object]:
    if options.type is None:
        return {"command": "explain_delivery", "delivery_id": options.subject}
    return {"command": "explain_person", "user": options.subject, "type": options.type}


def _redrive(options: argparse.Namespace) -> dict[str, object]:
    if options.requests:
        return _given("redrive_requests", options, "dry_run", "limit")
    recent = {} if options.delivery_ids else {"since": moment("7d")}
    chosen = _given("redrive", options, *SELECTION, "delivery_ids", "dry_run", "include_unknown", "rate")
    return {**recent, **chosen}


def _suppressions(options: argparse.Namespace) -> dict[str, object]:
    return _given("suppressions", options, "contains", "limit")


def _dead_letters(options: argparse.Namespace) -> dict[str, object]:
    return _given("dead_letters", options, "queue", "limit")
