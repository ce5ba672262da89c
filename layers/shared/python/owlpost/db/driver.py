"""pg8000's connection, with one exchange for each statement: what a statement needs is written in one go, and read in one go.

pg8000 asks four times: for the begin of the transaction, to parse, to describe, and to run. Between zones each costs most of
a millisecond. Everything up to the Sync is one unit to the server, which skips the rest of it after an error
(https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-PIPELINING): a statement whose begin failed does not run.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import Any

from pg8000 import core, legacy
from pg8000.converters import make_params, timestamptz_in

#: Statements of which the form with numbered places is kept. A function has some dozens.
STATEMENTS_KEPT = 256
TIMESTAMPTZ = 1184
#: What the driver raises for an answer of the server, by its code. Any other is a ProgrammingError.
ERRORS = {"28000": legacy.InterfaceError, "23505": legacy.IntegrityError}
_int32, _uint16 = Struct("!i").pack, Struct("!H").pack
_NOTHING = core.NULL_BYTE
_NULL = _int32(-1)
_SYNC = b"S" + _int32(4)
_EXECUTE = b"E" + _int32(9) + _NOTHING + _int32(0)
_DESCRIBE = b"D" + _int32(6) + b"P" + _NOTHING


def _message(kind: bytes, *parts: bytes) -> bytes:
    return b"".join((kind, _int32(4 + sum(map(len, parts))), *parts))


def _parse(statement: bytes, types: Sequence[int] = ()) -> bytes:
    """A type of 0 lets the server find it; the driver writes -1 for it."""
    known = [_int32(max(each, 0)) for each in types]
    return _message(b"P", _NOTHING, statement, _NOTHING, _uint16(len(known)), *known)


def _bind(values: Sequence[bytes | None]) -> bytes:
    """All values and all results are texts."""
    written = (part for value in values for part in ((_NULL,) if value is None else (_int32(len(value)), value)))
    return _message(b"B", _NOTHING, _NOTHING, _uint16(0), _uint16(len(values)), *written, _uint16(0))


_BEGIN = _parse(b"begin transaction") + _bind(()) + _EXECUTE


class Connection(legacy.Connection):  # type: ignore[misc]  # pg8000 ships no types
    """A session. A transaction begins with its first statement.

    `there_in` stands for the request in which it was last asked whether it is still there.
    """

    there_in: object = None

    def __init__(self, *args: Any, **session: Any) -> None:
        super().__init__(*args, **session)
        self.register_in_adapter(TIMESTAMPTZ, moment)

    def cursor(self) -> "Cursor":
        return Cursor(self)

    def commit(self) -> None:
        """Commit, if anything was done."""
        if self._in_transaction:
            self.execute_unnamed("commit")

    def execute_unnamed(
        self, statement: str, vals: Sequence[Any] = (), oids: Sequence[int] = (), stream: Any = None
    ) -> core.Context:
        """Run one statement. With a stream, of a COPY, as the driver does."""
        if stream is not None:
            return super().execute_unnamed(statement, vals, oids, stream)
        return self.exchange(statement, vals, oids)

    def exchange(
        self, statement: str, values: Sequence[Any] = (), types: Sequence[int] = (), *, begins: bool = False
    ) -> core.Context:
        """Run one statement, as the first of a transaction if it `begins` one. Return its rows.

        Raises the driver's errors; ValueError or TypeError for a value that has no text, before anything is written.
        """
        encoding, context = self._client_encoding, core.Context(statement)
        texts = [text if text is None else text.encode(encoding) for text in make_params(self.py_types, values)]
        asked = _parse(statement.encode(encoding), types) + _bind(texts) + _DESCRIBE + _EXECUTE + _SYNC
        core._write(self._sock, _BEGIN + asked if begins else asked)  # noqa: SLF001 (the driver's way to raise its own error)
        core._flush(self._sock)  # noqa: SLF001 (as above)
        self.handle_messages(context)
        return context


class Cursor(legacy.Cursor):  # type: ignore[misc]  # pg8000 ships no types
    """One statement at a time."""

    _input_oids: Sequence[int]
    input_types: Sequence[object]

    def execute(self, operation: str, args: Sequence[Any] = (), stream: Any = None) -> "Cursor":
        """Run a statement. Without values it may be several, and with a stream a COPY: those run as the driver runs them."""
        connection = self._c
        if not args or stream is not None or connection is None or connection._sock is None:  # noqa: SLF001 (as the driver)
            super().execute(operation, args, stream)
            return self
        begins = not connection._in_transaction and not connection.autocommit  # noqa: SLF001 (as above)
        try:
            self._context = connection.exchange(numbered(operation), args, self._input_oids, begins=begins)
        except legacy.DatabaseError as error:
            said = error.args[0]
            raise ERRORS.get(said["C"], legacy.ProgrammingError)(said) from None
        self._row_iter = iter(self._context.rows or ())
        self._input_oids, self.input_types = (), []
        return self


@lru_cache(STATEMENTS_KEPT)
def numbered(statement: str) -> str:
    """Return the statement with $1, $2 … for its %s. The driver looks at each of its characters, each time."""
    converted: str = legacy.convert_paramstyle("format", statement, ())[0]
    return converted


def moment(text: str) -> Any:
    """Return the time; `infinity` and what Python has no time for as the driver returns it."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return timestamptz_in(text)
