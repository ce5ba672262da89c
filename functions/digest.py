"""Hourly: the issue digests of the projects that are due."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost import wiring


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    with wiring.alerts().on_failure("digest"):
        return asdict(wiring.digests().run())
