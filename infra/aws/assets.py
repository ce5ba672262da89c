"""The bundles as assets of the CDK: built only where their fingerprint is new."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra.aws import bundles
from infra.aws.bundles import Platform


@jsii.implements(ILocalBundling)
class LocalBundling:
    """A function in place of a container. jsii calls it by position, whatever its stubs say."""

    def __init__(self, build: Callable[[Path], None]) -> None:
        self._build = build

    def try_bundle(self, output_dir: str, *_options: Any, **_more: Any) -> bool:
        self._build(Path(output_dir))
        return True


def functions_code(platform: Platform) -> lambda_.AssetCode:
    fingerprint = bundles.fingerprint_functions(platform)
    return _asset(bundles.FUNCTIONS, fingerprint, lambda out: bundles.build_functions(out, platform))


def shared_code(platform: Platform) -> lambda_.AssetCode:
    """The layer with `owlpost`."""
    fingerprint = bundles.fingerprint_shared(platform)
    return _asset(bundles.SHARED, fingerprint, lambda out: bundles.build_shared(out, platform))


def dependencies_code(platform: Platform) -> lambda_.AssetCode:
    """The layer with the locked third-party set."""
    fingerprint = bundles.fingerprint_dependencies(platform)
    return _asset(bundles.LOCK.parent, fingerprint, lambda out: bundles.build_dependencies(out, platform))


def _asset(source: Path, fingerprint: str, build: Callable[[Path], None]) -> lambda_.AssetCode:
    """By the fingerprint of what goes in, so that only a change of that makes a new version."""
    return lambda_.Code.from_asset(
        str(source),
        asset_hash=fingerprint,
        asset_hash_type=AssetHashType.CUSTOM,
        bundling=BundlingOptions(image=DockerImage.from_registry("never-used"), local=LocalBundling(build)),
    )
