"""Both stacks, checked by cdk-nag while they are synthesized."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, Tags, Validations
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.aws.app_stack import AppStack
from infra.aws.bundles import LAMBDA, Platform
from infra.aws.configuration import KEY, Configuration
from infra.aws.data_stack import DataStack
from infra.topology.canary import as_chosen
from infra.topology.lines import with_lines
from infra.topology.model import Topology
from infra.topology.plan import topology

CDK_JSON = Path(__file__).parents[2] / "cdk.json"


def build(
    *,
    outdir: str | None = None,
    context: Mapping[str, Any] | None = None,
    plan: Topology | None = None,
    platform: Platform = LAMBDA,
) -> App:
    """The app, ready to synthesize. `context` goes over that of cdk.json, which the CDK's command line reads by itself."""
    app = App(outdir=outdir, context={**file_context(), **(context or {})})
    configuration = Configuration.from_context(app.node.try_get_context(KEY))
    environment = Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")
    )
    chosen = as_chosen(plan or topology(configuration.channels), configuration.environment)
    wanted = replace(with_lines(chosen) if configuration.lines else chosen, prefix=configuration.prefix)
    data = DataStack(app, f"{wanted.prefix}-data", configuration=configuration, secrets=wanted.secrets, env=environment)
    AppStack(
        app,
        f"{wanted.prefix}-app",
        topology=wanted,
        configuration=configuration,
        database=data.database,
        vault=data.vault,
        placement=data.placement(),
        topic=data.alarms.topic,
        platform=platform,
        env=environment,
    )
    Tags.of(app).add("application", wanted.prefix)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    return app


def file_context() -> dict[str, Any]:
    context: dict[str, Any] = json.loads(CDK_JSON.read_text(encoding="utf-8"))["context"]
    return context


def main() -> None:
    """Synthesize into the folder that the CDK's command line names, by hand into cdk.out."""
    # By hand there is no deployment, so nothing is fetched from AWS; the usual folder is named, as the default one is deleted.
    if folder := os.environ.get("CDK_OUTDIR"):
        build(outdir=folder).synth()
    else:
        build(outdir="cdk.out", platform=replace(LAMBDA, tls_authority=False)).synth()
