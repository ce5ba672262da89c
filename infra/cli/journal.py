"""The options of `owlpost journal`: what operators did, and what came of it."""

from collections.abc import Callable

from infra.cli.parsing import Parser, given, moment, positive


def register(add: Callable[..., Parser]) -> None:
    """Add the command by what adds each command of the operator."""
    text = "list what operators did, newest first: who, with what arguments, and what came of it"
    parser = add("journal", text, lambda options: given("journal", options, ("since", "limit")), "journal_view:journal")
    parser.add_argument("--since", type=moment, metavar="2h|TIME", help="acts since (7d)")
    parser.add_argument("--limit", type=positive, help="at most so many (100)")
