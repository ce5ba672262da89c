"""The NAT instance's boot script, with stand-ins for what it calls: it succeeds only where packets are forwarded."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.aws.nat_instance import SCRIPT

#: Each command's stand-in, which tells the file `called` of its arguments; `fails` holds what is to fail, and how often.
STAND_IN = """#!/bin/bash
echo "$(basename "$0") $*" >> "$STAGE/called"
key=$(basename "$0")
if [ "$key" = iptables ] && [[ "$*" == *" -C "* ]]; then key=rule; fi
left=$(cat "$STAGE/fails/$key" 2>/dev/null || echo 0)
if [ "$left" -gt 0 ]; then echo $((left - 1)) > "$STAGE/fails/$key"; exit 1; fi
case "$(basename "$0") $*" in
  "ip -4 route show default") echo "default via 10.0.0.1 dev ens5 proto dhcp src 10.0.0.7 metric 512" ;;
  "sysctl -n net.ipv4.ip_forward") cat "$STAGE/forward" ;;
esac
"""
COMMANDS = ("dnf", "sysctl", "ip", "systemctl", "iptables", "iptables-save", "curl", "sleep")


class Stage:
    """A machine on which the script is run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("bin", "fails", "etc/sysctl.d", "etc/sysconfig"):
            (folder / name).mkdir(parents=True)
        for command in COMMANDS:
            file = folder / "bin" / command
            file.write_text(STAND_IN, encoding="utf-8")
            file.chmod(0o755)
        self.forward("1")

    def forward(self, value: str) -> None:
        (self._folder / "forward").write_text(value, encoding="utf-8")

    def fail(self, command: str, *, times: int) -> None:
        (self._folder / "fails" / command).write_text(str(times), encoding="utf-8")

    def boot(self) -> int:
        """Return the exit code, which CloudFormation is told."""
        path = f"{self._folder / 'bin'}:{os.environ['PATH']}"
        environment = {"PATH": path, "STAGE": str(self._folder), "ETC": str(self._folder / "etc")}
        bash = str(shutil.which("bash"))
        return subprocess.run([bash, str(SCRIPT)], env=environment, capture_output=True, check=False).returncode

    @property
    def called(self) -> list[str]:
        return (self._folder / "called").read_text(encoding="utf-8").splitlines()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "stage")


def test_a_boot_that_forwards_succeeds_and_keeps_its_rules_for_the_next_start(stage: Stage) -> None:
    assert stage.boot() == 0
    assert "iptables -t nat -A POSTROUTING -o ens5 -j MASQUERADE" in stage.called
    assert "systemctl enable --now iptables" in stage.called
    assert stage.called.index("iptables-save ") > stage.called.index(
        "iptables -t nat -A POSTROUTING -o ens5 -j MASQUERADE"
    )


def test_an_installation_that_is_disturbed_is_tried_again(stage: Stage) -> None:
    stage.fail("dnf", times=2)
    assert stage.boot() == 0
    assert stage.called.count("dnf install -y iptables-services") == 3


@pytest.mark.parametrize("command", ["dnf", "systemctl", "iptables", "rule", "curl"])
def test_a_boot_on_which_a_step_fails_for_good_is_reported_as_failed(stage: Stage, command: str) -> None:
    stage.fail(command, times=99)
    assert stage.boot() != 0


def test_a_kernel_that_does_not_forward_is_reported_as_failed(stage: Stage) -> None:
    stage.forward("0")
    assert stage.boot() != 0
