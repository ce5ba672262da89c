"""The app stack synthesized for an emulator on this machine: the real constructs, with assets for this platform."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App, DefaultStackSynthesizer, Environment, Tags

from infra.aws.app import file_context
from infra.aws.app_stack import AppStack
from infra.aws.bundles import THIS_MACHINE
from infra.aws.configuration import KEY, Configuration
from infra.aws.database import DatabaseLink
from infra.topology.model import Topology

STACK = "owlpost-app"
#: What the emulator has no counterpart of, beside alarms by metric maths; nothing else is left out.
NOT_PLAYED = frozenset({"AWS::CDK::Metadata"})


def synthesize(
    folder: Path, *, plan: Topology, configuration: Mapping[str, Any], database: DatabaseLink, account: str, region: str
) -> Path:
    """Build the assets and write the assembly; return its folder."""
    app = App(outdir=str(folder), context={**file_context(), KEY: configuration}, analytics_reporting=False)
    AppStack(
        app,
        STACK,
        topology=plan,
        configuration=Configuration.from_context(configuration),
        database=database,
        platform=THIS_MACHINE,
        env=Environment(account=account, region=region),
        synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )
    Tags.of(app).add("application", "owlpost")
    app.synth()
    return folder


def playable(folder: Path) -> str:
    """The template without what the emulator cannot play."""
    template = json.loads((folder / f"{STACK}.template.json").read_text(encoding="utf-8"))
    template["Resources"] = {key: each for key, each in template["Resources"].items() if _is_played(each)}
    return json.dumps(template)


def _is_played(resource: Mapping[str, Any]) -> bool:
    maths = resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    return not maths and resource["Type"] not in NOT_PLAYED
