"""What the header fields of an answer must be by RFC 9113, section 8: they end up in logs and in Postgres."""

import re
from collections.abc import Sequence

from h2.errors import ErrorCodes

from owlpost.channels.http2.exchange import Header
from owlpost.channels.http2.frames import Http2Fault

STATUS = b":status"
_STATUS = re.compile(rb"[1-9][0-9]{2}")
#: No capital letter, no control, no space, nothing beyond ASCII; a colon stands in front alone.
_NAME = re.compile(rb"[!-9;-@\[-~]+")
_BAD_VALUE = re.compile(rb"[\0\r\n]|\A[ \t]|[ \t]\Z")
_OF_A_CONNECTION = {b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"}
#: Names that were found good are not looked at again, up to so many.
_MOST_KNOWN = 200


class ResponseFields:
    """Checks the fields of a connection's answers, and remembers the names that it has seen."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def status(self, fields: Sequence[Header]) -> int:
        """Return the status of an answer, 100 to 999. Raises Http2Fault if a field is none or in the wrong place."""
        if not fields or fields[0][0] != STATUS or not _STATUS.fullmatch(fields[0][1]):
            raise _malformed("no status")
        self.check(fields[1:])
        return int(fields[0][1])

    def check(self, fields: Sequence[Header]) -> None:
        """Check the fields after a status, or those that trail a body. Raises Http2Fault."""
        for name, value in fields:
            if name not in self._known:
                self._learn(name)
            if _BAD_VALUE.search(value) or (name == b"te" and value != b"trailers"):
                raise _malformed("a value that no field has")

    def _learn(self, name: bytes) -> None:
        if not _NAME.fullmatch(name) or name in _OF_A_CONNECTION:
            raise _malformed("a name that no field has")
        if len(self._known) < _MOST_KNOWN:
            self._known.add(name)


def content_length(fields: Sequence[Header]) -> int | None:
    """Return how many bytes an answer says that its body has. Raises Http2Fault if that is no number."""
    for name, value in fields:
        if name == b"content-length":
            if not (value.isdigit() and len(value) < 16):
                raise _malformed("a length that is none")
            return int(value)
    return None


def _malformed(message: str) -> Http2Fault:
    return Http2Fault(ErrorCodes.PROTOCOL_ERROR, message)
