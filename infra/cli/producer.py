"""The options of `owlpost send`, which sends as any producer would, and of `owlpost schema`."""

from typing import TYPE_CHECKING

from infra.cli.parsing import add_target, lazily

if TYPE_CHECKING:
    from infra.cli.parsing import Subcommands


def register(subcommands: "Subcommands") -> None:
    text = "notify people: a request or a fact from a file, or a request from flags"
    send = subcommands.add_parser("send", help=text, description=text.capitalize() + ".")
    send.add_argument("file", metavar="FILE", nargs="?", help="a request or a fact as JSON; - reads standard input")
    send.add_argument("--type", help="such as feedback.new")
    send.add_argument("--user", action="append", metavar="ID|ADDRESS", help="a person to notify; may be repeated")
    send.add_argument("--team", metavar="ID", help="the team whose members to notify")
    for field in ("title", "body", "link"):
        send.add_argument(f"--{field}", metavar="TEXT")
    send.add_argument("--key", help="the idempotency key")
    send.add_argument("--correlation-id", metavar="ID", help="the request's id in the logs; a new one if not given")
    send.add_argument("--expect", type=int, metavar="N", help="send only if it reaches so many people")
    add_target(send)
    send.set_defaults(run=lazily("infra.cli.run_producer:send"))

    text = "print what producers send and get, as JSON Schema"
    schema = subcommands.add_parser("schema", help=text, description=text.capitalize() + ".")
    schema.set_defaults(run=lazily("infra.cli.run_producer:print_schema"))
