"""Sandboxes: what a function sees, and what its caller gets when it fails, hangs or is killed."""

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local.postgres.postmaster import is_alive
from infra.local.runtime.sandboxes import Sandboxes, Throttled
from tests.support.engine_stage import Notes, eventually, function, small_topology


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path / "notes")


@pytest.fixture
def sandboxes(tmp_path: Path, notes: Notes) -> Iterator[Sandboxes]:
    single = function("sleep", timeout=5, reserved_concurrency=1)
    pool = Sandboxes(
        small_topology().with_functions(single),
        data_dir=tmp_path,
        environment=lambda _: {"OWN": "yes", "RECORD_FILE": str(notes.path)},
        patience=0.2,
    )
    yield pool
    pool.stop()


def test_a_function_gets_its_event_and_lambdas_context(sandboxes: Sandboxes) -> None:
    said = sandboxes.invoke("echo", {"owls": [1, "ü", None]}, request_id="r-1").payload
    assert said["event"] == {"owls": [1, "ü", None]}
    assert said["request_id"] == "r-1"
    assert said["function"] == "owlpost-echo"
    assert said["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:owlpost-echo"
    assert said["memory"] == "128"
    assert 0 < said["remaining"] <= 5_000


def test_a_function_sees_nothing_of_the_users_aws_account(
    sandboxes: Sandboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "payroll")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    seen = sandboxes.invoke("echo", {}).payload["environment"]
    assert seen["OWN"] == "yes"
    assert not any(name.startswith("AWS_") for name in seen)


def test_what_a_handler_prints_is_its_log(sandboxes: Sandboxes) -> None:
    sandboxes.invoke("echo", {})
    assert "echo was here" in sandboxes.log("echo").read_text()


def test_a_warm_sandbox_is_used_again(sandboxes: Sandboxes) -> None:
    assert len({sandboxes.invoke("echo", {}).payload["pid"] for _ in range(3)}) == 1


def test_concurrent_invocations_have_a_sandbox_each(sandboxes: Sandboxes, notes: Notes) -> None:
    event = {"Records": [{"body": '{"sleep": 0.5}'}]}
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: sandboxes.invoke("consume-owls", event), range(3)))
    assert len(sandboxes.pids("consume-owls")) == 3


def test_an_exception_is_told_as_lambda_tells_it(sandboxes: Sandboxes) -> None:
    answer = sandboxes.invoke("fail", {}, request_id="r-1")
    assert answer.failed
    assert answer.payload["errorType"] == "ValueError"
    assert answer.payload["errorMessage"] == "no such owl"
    assert answer.payload["requestId"] == "r-1"
    assert ["in fail" in frame for frame in answer.payload["stackTrace"]] == [True]


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("unanswerable", "Runtime.MarshalError", "not JSON serializable"),
        ("no_handler", "Runtime.HandlerNotFound", "'is_not_there' missing"),
        ("leave", "Runtime.ExitError", "exit status 3"),
    ],
)
def test_what_the_runtime_finds_wrong_is_told_as_lambda_tells_it(
    sandboxes: Sandboxes, name: str, kind: str, message: str
) -> None:
    answer = sandboxes.invoke(name, {})
    assert answer.failed
    assert answer.payload["errorType"] == kind
    assert message in answer.payload["errorMessage"]


def test_a_function_that_takes_too_long_is_killed_and_replaced(sandboxes: Sandboxes, notes: Notes) -> None:
    answer = sandboxes.invoke("sleep", {"seconds": 30})
    assert answer.failed
    assert "Task timed out after 5.00 seconds" in answer.payload["errorMessage"]
    assert not is_alive(notes.lines()[0]["pid"])
    assert sandboxes.invoke("sleep", {"seconds": 0}).payload == "done"


def test_a_function_that_needs_more_memory_than_it_has_is_killed_and_replaced(sandboxes: Sandboxes) -> None:
    assert sandboxes.invoke("hoard", {"megabytes": 64}).payload == "67108864 bytes"
    answer = sandboxes.invoke("hoard", {"megabytes": 200}, request_id="r-1")
    assert answer.failed
    assert answer.payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: r-1 Error: Runtime exited with error: signal: killed",
    }
    assert "Memory Size: 128 MB" in sandboxes.log("hoard").read_text()
    assert not sandboxes.invoke("hoard", {"megabytes": 1}).failed


def test_a_function_is_killed_as_soon_as_it_has_too_much_whatever_it_catches(sandboxes: Sandboxes) -> None:
    answer = sandboxes.invoke("hoard_slowly", {})
    assert "signal: killed" in answer.payload["errorMessage"]


def test_a_function_killed_at_work_fails_once_and_is_replaced(sandboxes: Sandboxes, notes: Notes) -> None:
    with ThreadPoolExecutor(1) as threads:
        under_way = threads.submit(sandboxes.invoke, "sleep", {"seconds": 3})
        eventually(lambda: bool(notes.lines()))
        os.kill(notes.lines()[0]["pid"], signal.SIGKILL)
        answer = under_way.result()
    assert answer.failed
    assert answer.payload["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in answer.payload["errorMessage"]
    assert sandboxes.invoke("sleep", {"seconds": 0}).payload == "done"


def test_a_function_killed_while_idle_is_replaced_unseen(sandboxes: Sandboxes) -> None:
    sandboxes.invoke("echo", {})
    (killed,) = sandboxes.pids("echo")
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: not is_alive(killed))
    answer = sandboxes.invoke("echo", {})
    assert not answer.failed
    assert answer.payload["pid"] != killed


def test_a_sandbox_is_frozen_between_invocations_and_thaws_for_the_next(sandboxes: Sandboxes) -> None:
    pid = sandboxes.invoke("echo", {}).payload["pid"]
    eventually(lambda: _state(pid) == "T")
    assert sandboxes.invoke("echo", {}).payload["pid"] == pid
    eventually(lambda: _state(pid) == "T")


def test_all_sandboxes_can_be_held_asleep_and_go_on_afterwards(sandboxes: Sandboxes) -> None:
    pid = sandboxes.invoke("echo", {}).payload["pid"]
    with ThreadPoolExecutor(1) as threads:
        with sandboxes.all_asleep() as asleep:
            waiting = threads.submit(sandboxes.invoke, "echo", {})
            assert asleep == [pid]
            with pytest.raises(Throttled):  # it had a fifth of a second
                waiting.result()
        assert sandboxes.invoke("echo", {}).payload["pid"] == pid


def _state(pid: int) -> str:
    """Return the first letter of a process's state: T is stopped."""
    if platform.system() == "Linux":  # where `ps` is often missing
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0].decode()
    return subprocess.run(
        ["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=True
    ).stdout[0]


def test_a_function_with_all_its_sandboxes_busy_is_throttled(sandboxes: Sandboxes, notes: Notes) -> None:
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(sandboxes.invoke, "sleep", {"seconds": 3})
        eventually(lambda: bool(notes.lines()))
        with pytest.raises(Throttled):
            sandboxes.invoke("sleep", {"seconds": 0})
        assert busy.result().payload == "done"


def test_a_function_can_be_found_by_its_physical_name(sandboxes: Sandboxes) -> None:
    assert "owlpost-echo" in sandboxes.invoke("echo", {}).payload["command"]


def test_sandboxes_end_with_an_engine_that_is_killed(tmp_path: Path) -> None:
    program = """if True:
        import os, pathlib, signal, sys
        from infra.local.runtime.sandboxes import Sandboxes
        from tests.support.engine_stage import small_topology
        pool = Sandboxes(small_topology(), data_dir=pathlib.Path(sys.argv[1]), environment=lambda _: {})
        print(pool.invoke("echo", {}).payload["pid"], flush=True)  # and frozen
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        pid = int(engine.stdout.readline())
        assert is_alive(pid)
    eventually(lambda: not is_alive(pid))
