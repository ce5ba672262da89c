"""Hourly, if a digest can be due: enqueue the issue digests of the projects that are due."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from owlpost.wiring.digest import digests
from owlpost.wiring.mail import alerts


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """On a schedule, leave the database asleep if no digest can be due; a manual invoke always looks."""
    with alerts().on_failure("digest"):
        return asdict(digests().run_if_due() if "schedule" in event else digests().run())
