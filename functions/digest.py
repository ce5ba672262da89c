"""Hourly: enqueue the issue digests of the projects that are due."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.wiring.digest import digests
from owlpost.wiring.mail import alerts


def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    with alerts().on_failure("digest"):
        return asdict(digests().run())
