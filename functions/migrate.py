"""On deployment, before new code takes traffic: migrate the database to the schema that this code needs."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.wiring.migrate import migrate


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    return {"applied": migrate()}
