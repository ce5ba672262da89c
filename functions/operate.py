"""The operator's commands, as `owlpost …` sends them."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic_core import to_jsonable_python

from owlpost.domain import commands, error_kinds
from owlpost.domain.errors import OwlpostError
from owlpost.wiring.operate import operations


def handler(event: Any, _context: LambdaContext) -> Any:
    """Return the result of the command, or `{"error": {"kind", "message"}}` if it cannot be carried out."""
    try:
        return to_jsonable_python(operations().run(commands.parse(event)))
    except OwlpostError as error:
        return error_kinds.as_answer(error)
