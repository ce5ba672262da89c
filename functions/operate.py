"""The operator's commands, as `owlpost …` sends them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_core import to_jsonable_python

from owlpost.domain import commands
from owlpost.wiring.operate import operations


def handler(event: dict[str, Any], _context: LambdaContext) -> Any:
    """Answer with what the command's service says; a command that cannot be taken raises, naming the field."""
    return to_jsonable_python(operations().run(commands.parse(event)))
