"""`python -m tests.snapshots`: writes all snapshots anew. Look at the diff before you commit it."""

import sys

from tests.snapshots.written import FOLDER, kept, written


def main() -> None:
    now, before = written(), kept()
    for name in before.keys() - now.keys():
        (FOLDER / name).unlink()
    for name, content in now.items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    changed = sum(before.get(name) != content for name, content in now.items())
    sys.stdout.write(f"{len(now)} snapshots, {changed} of them changed\n")


if __name__ == "__main__":
    main()
