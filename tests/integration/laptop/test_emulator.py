"""The SQS emulator as a part of the laptop: its queues, and what it keeps."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.sqs.emulator import Emulator, EmulatorError
from infra.local.sqs.program import FAUXQS, MINISTACK, PROGRAMS, REPOSITORY
from infra.local.sqs.supervisor import Supervisor
from infra.topology.model import Queue
from tests.support.engine_stage import eventually

QUEUE = Queue("mobile_push", visibility_timeout=7, max_receive_count=3, retention=3_600, dead_letter_retention=7_200)


@pytest.fixture(params=list(PROGRAMS.values()), ids=list(PROGRAMS))
def emulator(request: pytest.FixtureRequest, tmp_path: Path) -> "Emulator":
    return Emulator(tmp_path / "sqs", program=request.param)


@pytest.fixture
def lasting(tmp_path: Path) -> "Emulator":
    """The one that keeps its messages."""
    return Emulator(tmp_path / "sqs", program=MINISTACK)


def test_queues_are_as_the_topology_says(emulator: Emulator) -> None:
    with emulator:
        urls = emulator.ensure_queues([QUEUE])
        assert urls.keys() == {"mobile_push", "mobile_push-dlq"}
        client = emulator.client()
        said = {
            name: client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            for name, url in urls.items()
        }
    assert said["mobile_push"]["QueueArn"].endswith(":000000000000:owlpost-mobile-push")
    assert said["mobile_push"]["VisibilityTimeout"] == "7"
    assert said["mobile_push"]["MessageRetentionPeriod"] == "3600"
    assert said["mobile_push-dlq"]["MessageRetentionPeriod"] == "7200"
    redrive = json.loads(said["mobile_push"]["RedrivePolicy"])
    assert redrive == {"deadLetterTargetArn": said["mobile_push-dlq"]["QueueArn"], "maxReceiveCount": 3}


def test_a_changed_topology_changes_the_queues_that_are_there(emulator: Emulator) -> None:
    with emulator:
        emulator.ensure_queues([QUEUE])
        url = emulator.ensure_queues([Queue("mobile_push", 90, 8)])["mobile_push"]
        said = emulator.client().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert said["VisibilityTimeout"] == "90"
    assert json.loads(said["RedrivePolicy"])["maxReceiveCount"] == 8


def test_messages_outlive_a_restart(lasting: Emulator) -> None:
    with lasting:
        url = lasting.ensure_queues([QUEUE])["mobile_push"]
        lasting.client().send_message(QueueUrl=url, MessageBody="hoot", MessageGroupId="team")
    with lasting:
        assert _bodies(lasting) == ["hoot"]


def test_messages_outlive_a_launcher_that_is_killed(lasting: Emulator) -> None:
    program = """if True:
        import os, pathlib, signal, sys
        from infra.local.sqs.emulator import Emulator
        from infra.topology.model import Queue
        emulator = Emulator(pathlib.Path(sys.argv[1]))
        emulator.start()
        url = emulator.ensure_queues([Queue("mobile_push", 7, 3)])["mobile_push"]
        emulator.client().send_message(QueueUrl=url, MessageBody="hoot")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run([sys.executable, "-c", program, lasting.data_dir], check=False)
    assert ended.returncode == -signal.SIGKILL
    with lasting:
        assert _bodies(lasting) == ["hoot"]


def test_a_left_over_emulator_of_the_same_folder_gives_way(emulator: Emulator) -> None:
    with Emulator(emulator.data_dir, program=emulator.program) as left_over, emulator:
        assert not left_over.running
        assert emulator.running


def test_an_emulator_that_keeps_its_messages_loses_none_when_it_gives_way(lasting: Emulator) -> None:
    with Emulator(lasting.data_dir) as left_over:
        url = left_over.ensure_queues([QUEUE])["mobile_push"]
        left_over.client().send_message(QueueUrl=url, MessageBody="hoot")
        with lasting:
            assert _bodies(lasting) == ["hoot"]


def test_an_emulator_gives_way_to_the_other_one_on_its_folder(lasting: Emulator) -> None:
    with lasting, Emulator(lasting.data_dir, program=FAUXQS) as other:
        assert not lasting.running
        assert other.running


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_emulator_ends_with_a_launcher_that_is_killed(program: str, tmp_path: Path) -> None:
    launcher = """if True:
        import os, pathlib, signal, sys
        from infra.local.sqs.emulator import Emulator
        from infra.local.sqs.program import PROGRAMS
        Emulator(pathlib.Path(sys.argv[1]), program=PROGRAMS[sys.argv[2]]).start()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", launcher, tmp_path, program], check=False)
    eventually(lambda: _released(tmp_path / "emulator.pid"))


def _released(pid_file: Path) -> bool:
    with pid_file.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_an_emulator_that_is_not_installed_says_what_to_run(tmp_path: Path) -> None:
    missing = replace(FAUXQS, needs=REPOSITORY / "nowhere")
    with pytest.raises(EmulatorError, match="there is no nowhere: run `make fauxqs`"):
        Emulator(tmp_path, program=missing).start()


def test_it_listens_on_the_loopback_address_alone(emulator: Emulator) -> None:
    with emulator:
        addresses = {Path(file).read_text() for file in ("/proc/net/tcp", "/proc/net/tcp6") if Path(file).exists()}
        listening = [line.split()[1] for table in addresses for line in table.splitlines() if " 0A " in line]
        ours = {address.split(":")[0] for address in listening if address.endswith(f":{emulator.port:04X}")}
    assert ours <= {"0100007F"}


def _bodies(emulator: Emulator) -> list[str]:
    url = emulator.ensure_queues([QUEUE])["mobile_push"]
    return [message["Body"] for message in emulator.client().receive_message(QueueUrl=url).get("Messages", [])]


def test_an_emulator_that_is_killed_comes_back_at_its_address_with_its_queues(emulator: Emulator) -> None:
    restored = threading.Event()

    def restore() -> None:
        emulator.ensure_queues([QUEUE])
        restored.set()

    with emulator:
        url = emulator.ensure_queues([QUEUE])["mobile_push"]
        supervisor = Supervisor(emulator, restored=restore)
        supervisor.start()
        for _ in range(2):
            restored.clear()
            os.kill(int((emulator.data_dir / "emulator.pid").read_text()), signal.SIGKILL)
            assert restored.wait(30)
            emulator.client().send_message(QueueUrl=url, MessageBody="hoot")
            assert _bodies(emulator) == ["hoot"]
        supervisor.stop()
    assert not emulator.running
