"""Run `owlpost send` and `owlpost schema`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.cli import target
from infra.cli.errors import BadInput, Unreachable
from infra.cli.parsing import lazily
from owlpost.client import LambdaTransport, NotAccepted, Unavailable
from owlpost.domain import correlation, json_values
from owlpost.domain.errors import InvalidRequest
from owlpost.domain.message_kinds import MessageKind, kind_of
from owlpost.domain.requests import EnqueueRequest
from owlpost.producers import contract, happenings
from owlpost.producers.happenings import Happened

EXAMPLE = "see examples/feedback_new.json"


def send(options: argparse.Namespace) -> int:
    """Print the answer. Raises BadInput for a request or a fact that cannot be taken, and Unreachable."""
    if not options.file and not options.type:
        raise BadInput(f"give a file with a request or a fact, or --type, --user and --title; {EXAMPLE}")
    try:
        body = _body(options)
        _check(body)
        if options.expect is not None:
            lazily("infra.cli.run_estimate:require_expected")(target.connect(options), body, options.expect)
        id_ = correlation.check(options.correlation_id) if options.correlation_id else correlation.new()
        transport = LambdaTransport(target.lambda_client(options), target.function_name("enqueue", options))
        answer = transport.call(body, correlation_id=id_, expected=options.expect)
    except (InvalidRequest, NotAccepted) as error:
        raise BadInput(str(error)) from None
    except Unavailable as error:
        raise Unreachable(str(error)) from None
    print(json.dumps(answer, indent=2))
    return 0


def print_schema(_options: argparse.Namespace) -> int:
    """Print the contract with producers, as `clients/owlpost.schema.json` keeps it."""
    print(json.dumps(contract.schema(), indent=2, ensure_ascii=False))
    return 0


def _check(body: dict[str, object]) -> None:
    """Raise InvalidRequest for what enqueue would refuse, before anything is sent."""
    if kind_of(body) is MessageKind.FACT:
        happenings.announce(Happened.from_json(body))
    else:
        EnqueueRequest.from_json(body)


def _body(options: argparse.Namespace) -> dict[str, object]:
    if options.file:
        return body_of(options.file)
    flags = {
        "type": options.type,
        "recipients": {"team_id": options.team} if options.team else {"user_ids": _user_ids(options)},
        "title": options.title,
        "body": options.body,
        "link": options.link,
        "idempotency_key": options.key,
    }
    return {field: value for field, value in flags.items() if value is not None}


def body_of(file: str) -> dict[str, object]:
    """Return the request or fact in a file. Raises InvalidRequest, or BadInput if it cannot be read."""
    body = json_values.parse(content_of(file))
    if not isinstance(body, dict):
        raise InvalidRequest("request", "must be a JSON object")
    return body


def words_of(file: str) -> dict[str, object]:
    """Return the JSON object in a file. Raises BadInput."""
    try:
        return body_of(file)
    except InvalidRequest as error:
        raise BadInput(str(error)) from None


def content_of(file: str) -> str:
    """Return the text of a file, or of standard input for `-`. Raises BadInput."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}; {EXAMPLE}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{file} is not text in UTF-8; {EXAMPLE}") from None


def _user_ids(options: argparse.Namespace) -> Sequence[str]:
    """Return the ids of the people; an address is looked up first. Raises Missing if nobody has it."""
    users: Sequence[str] = options.user or []
    if not any("@" in user for user in users):
        return users
    people = target.connect(options).operate({"command": "people", "users": list(users)})
    return [person["id"] for person in people]
