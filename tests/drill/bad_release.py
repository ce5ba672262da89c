"""The mail worker with templates that a release may have broken: those in a folder come before its own."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import FileSystemLoader

from functions import deliver
from owlpost.channels.email.render import TEMPLATES, environment

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FOLDER = "DRILL_TEMPLATES"


def handler(event: Any, context: "LambdaContext") -> Any:
    """Deliver as the function does."""
    released = environment()
    released.loader = FileSystemLoader([Path(os.environ[FOLDER]), TEMPLATES])
    if released.cache is not None:
        released.cache.clear()
    return deliver.handler(event, context)
