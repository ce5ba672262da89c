"""`owlpost up` that cannot start: one sentence that says what to do, and no traceback."""

import socket
from pathlib import Path

import pytest

from infra.cli.main import main
from infra.local.laptop.instance import Instance

Output = pytest.CaptureFixture[str]


def refused(capsys: Output, *arguments: str) -> tuple[int, str]:
    """Return exit code and error of a command that cannot be carried out."""
    code = main(arguments)
    shown = capsys.readouterr().err
    assert "Traceback" not in shown
    assert len(shown.splitlines()) == 1
    return code, shown


def test_a_port_that_is_taken_is_one_sentence(capsys: Output, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, shown = refused(capsys, "up", "--port", port, "--data-dir", str(tmp_path))
    assert code == 3
    assert f"port {port} cannot be used" in shown
    assert "--port" in shown


def test_a_folder_that_cannot_be_used_is_one_sentence(capsys: Output, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, shown = refused(capsys, "up", "--port", "0", "--data-dir", str(tmp_path / "file" / "data"))
    assert code == 3
    assert "name another folder with --data-dir" in shown


def test_a_folder_that_another_instance_uses_is_one_sentence(capsys: Output, tmp_path: Path) -> None:
    running = Instance(tmp_path)
    running.hold()
    try:
        code, shown = refused(capsys, "up", "--port", "0", "--data-dir", str(tmp_path))
    finally:
        running.release()
    assert code == 3
    assert "`owlpost status` says where" in shown


def test_a_postgres_folder_of_another_kind_is_one_sentence(capsys: Output, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("9", encoding="utf-8")
    code, shown = refused(capsys, "up", "--port", "0", "--data-dir", str(tmp_path))
    assert code == 3
    assert str(tmp_path) in shown


def test_a_setting_of_a_channel_that_makes_no_sense_is_one_sentence(capsys: Output, tmp_path: Path) -> None:
    file = tmp_path / "dev.env"
    file.write_text("APNS_ENV=nowhere\n", encoding="utf-8")
    code, shown = refused(capsys, "up", "--port", "0", "--data-dir", str(tmp_path / "data"), "--env-file", str(file))
    assert code == 3
    assert "APNS_ENV: 'nowhere' is neither production nor sandbox" in shown
    assert "--env-file" in shown
