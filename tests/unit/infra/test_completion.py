"""The shell's completion, as the shell itself completes."""

import shutil
import subprocess

import pytest

from infra.cli.main import main


def completed(capsys: pytest.CaptureFixture[str], line: str) -> list[str]:
    """Return what bash offers at the end of this line."""
    assert main(["completion", "bash"]) == 0
    words = line.split(" ")
    given = " ".join(f"'{word}'" for word in words)
    ask = f'\nCOMP_WORDS=({given}); COMP_CWORD={len(words) - 1}\n_shtab_owlpost\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    script = capsys.readouterr().out + ask
    bash = shutil.which("bash") or pytest.fail("bash is not here")
    return subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True).stdout.split()


def test_bash_completes_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert completed(capsys, "owlpost dead") == ["dead-letters"]
    assert {"explain", "redrive", "recall", "completion"} <= set(completed(capsys, "owlpost "))
    assert "--dry-run" in completed(capsys, "owlpost redrive --dr")


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_each_shell_has_a_script(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert main(["completion", shell]) == 0
    assert "owlpost" in capsys.readouterr().out


def test_an_unknown_shell_is_refused_with_those_that_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["completion", "powershell"])
    assert refused.value.code == 2
    assert "bash, zsh, tcsh" in capsys.readouterr().err
