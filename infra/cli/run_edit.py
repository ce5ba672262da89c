"""Edit one dead request, and send it again."""

import argparse
import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from infra.cli.errors import BadInput, CommandFailed
from infra.cli.output import say
from infra.cli.run_producer import content_of

if TYPE_CHECKING:
    from infra.cli.target import Target


def edit(owlpost: "Target", options: argparse.Namespace) -> int:
    """Send the dead letter again with the body of a file or of the editor. Raises BadInput if nothing was changed."""
    body = content_of(options.file) if options.file else _edited(owlpost, options)
    asked = {"command": "edit_dead_letter", "queue": options.queue, "id": options.edit, "body": body}
    answer = owlpost.operate({**asked, "dry_run": options.dry_run})
    if options.json:
        print(json.dumps(answer, indent=2, ensure_ascii=False))
    elif answer["dry_run"]:
        say(f"It would be taken. {answer['id']} stays a dead letter, and nothing was sent.")
    else:
        say(f"The request was sent again, and {answer['id']} is no dead letter any more.")
    return 0


def _edited(owlpost: "Target", options: argparse.Namespace) -> str:
    letter = owlpost.operate({"command": "dead_letter", "queue": options.queue, "id": options.edit})
    before = _readable(letter["body"])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "request.json"
        file.write_text(before, encoding="utf-8")
        _run_editor(file)
        after = file.read_text(encoding="utf-8")
    if after.strip() in {"", before.strip()}:
        raise BadInput(
            "nothing was changed, so nothing was sent; owlpost redrive --requests sends dead requests as they are"
        )
    return after


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
    except ValueError:
        return body


def _run_editor(file: Path) -> None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        subprocess.run([*shlex.split(editor), str(file)], check=True)  # noqa: S603 (the operator's own choice)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CommandFailed(f"the editor {editor} failed: {error}; set EDITOR, or give the body with --file") from None
