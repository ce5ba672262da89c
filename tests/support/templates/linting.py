"""Findings of cfn-lint for a template."""

import subprocess
import sys
from pathlib import Path


def cfn_lint(*templates: Path) -> subprocess.CompletedProcess[str]:
    # W3005: the CDK writes DependsOn beside a reference that implies it.
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--template"]
    return subprocess.run([*command, *map(str, templates)], capture_output=True, text=True, check=False)
