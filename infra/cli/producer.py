"""`owlpost send`: a request from a file or from flags, sent as any producer would."""

import argparse
import json
import sys
from pathlib import Path

from infra.cli import target
from infra.cli.target import Refused, Unreachable
from infra.topology.model import physical_name
from owlpost.client import LambdaTransport, NotAccepted, Unavailable
from owlpost.domain import correlation, json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.requests import EnqueueRequest


def register(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    send = subcommands.add_parser("send", help="tell people something: a request from a file, or from flags")
    send.add_argument("file", nargs="?", help="a request as JSON; - reads standard input")
    send.add_argument("--type", help="such as feedback.new")
    send.add_argument("--user", action="append", metavar="ID", help="whom to tell; may be repeated")
    send.add_argument("--team", metavar="ID", help="whose members to tell")
    for field in ("title", "body", "link"):
        send.add_argument(f"--{field}")
    send.add_argument("--key", help="the idempotency key")
    send.add_argument("--correlation-id", metavar="ID", help="what the logs are to call it; made where none is given")
    target.add_arguments(send)
    send.set_defaults(run=_send)


def _send(options: argparse.Namespace) -> int:
    try:
        body = _body(options)
        EnqueueRequest.from_json(body)
        id_ = correlation.check(options.correlation_id) if options.correlation_id else correlation.new()
        transport = LambdaTransport(target.lambda_client(options), physical_name("enqueue"))
        answer = transport.send(body, correlation_id=id_)
    except (InvalidRequest, NotAccepted) as error:
        raise Refused("InvalidRequest", str(error)) from None
    except Unavailable as error:
        raise Unreachable(str(error)) from None
    print(json.dumps(answer.model_dump(mode="json", exclude_none=True), indent=2))
    return 0


def _body(options: argparse.Namespace) -> dict[str, object]:
    if options.file:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
        body = json_values.parse(text)
        if not isinstance(body, dict):
            raise InvalidRequest("request", "must be a JSON object")
        return body
    said = {
        "type": options.type,
        "recipients": {"team_id": options.team} if options.team else {"user_ids": options.user or []},
        "title": options.title,
        "body": options.body,
        "link": options.link,
        "idempotency_key": options.key,
    }
    return {field: value for field, value in said.items() if value is not None}
