"""The options of `owlpost security`: the audit trail of sign-ins, refusals, ended sessions and operators' acts."""

from collections.abc import Callable

from infra.cli.parsing import Parser, given, moment, positive

OPTIONS = ("since", "limit")


def register(add: Callable[..., Parser]) -> None:
    """Add the command by what adds each command of the operator."""
    text = "list sign-ins, refusals, ended sessions, invitations and operators' acts, newest first"
    parser = add("security", text, lambda options: given("security", options, OPTIONS), "security_view:security")
    parser.add_argument("--since", type=moment, metavar="2h|TIME", help="events since (1d)")
    parser.add_argument("--limit", type=positive, help="at most so many (100)")
