"""Run `owlpost connect`: the worker of the channel alone has the provider's key, so it is asked to."""

import argparse

from infra.cli.doctor_functions import ANNOUNCE, asked
from infra.cli.errors import NOT_FOUND, OK, BadInput
from infra.cli.run_doctor import show
from infra.cli.target import function_name, lambda_client
from owlpost.domain.channels import NOTIFICATION_CHANNELS
from owlpost.domain.optional_channels import OPTIONAL_CHANNELS


def connect(options: argparse.Namespace) -> int:
    """Print what came of it. Return 1 if it did not work. Raises BadInput for a channel that there is not."""
    known = {key for key, each in {**NOTIFICATION_CHANNELS, **OPTIONAL_CHANNELS}.items() if each.queued}
    if options.channel not in known:
        raise BadInput(f"{options.channel!r} is none of {', '.join(sorted(known))}")
    findings = list(asked(lambda_client(options), function_name(f"deliver-{options.channel}", options), ANNOUNCE))
    show(findings)
    return NOT_FOUND if any(each.level in {"wrong", "unknown"} for each in findings) else OK
