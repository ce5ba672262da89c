"""The operator's commands, as `owlpost …` sends them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_core import to_jsonable_python

from owlpost import wiring
from owlpost.domain import commands


def handler(event: dict[str, Any], _context: LambdaContext) -> Any:
    """Answer with what the command's service says; a command that cannot be taken raises, naming the field."""
    return to_jsonable_python(wiring.operations().run(commands.parse(event)))
