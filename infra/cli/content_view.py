"""Show what a delivery brought: a mail as text, a push as its provider got it, a notification as the inbox shows it."""

import json
from typing import Any

from infra.cli.output import say


def content(answer: Any) -> None:
    """Print a line that says what it is, then its parts. The HTML of a mail is for `--save`."""
    say(answer["said"])
    for name, part in answer["parts"].items():
        if name == "html":
            say("html: --save FILE.html writes it to a file")
        elif isinstance(part, str) and "\n" in part:
            say(f"{name}:")
            for line in part.splitlines():
                say(f"  {line}")
        else:
            say(f"{name}: {part if isinstance(part, str) or part is None else json.dumps(part, ensure_ascii=False)}")
