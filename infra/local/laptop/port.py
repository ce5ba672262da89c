"""The port of the dashboard and the API: the wanted one, else that of the last start, else a free one."""

import socket
from pathlib import Path

from infra.local.account import LOOPBACK
from infra.local.free_port import free_port
from infra.local.laptop.instance import CannotStart


def choose_port(data_dir: Path, wanted: int) -> int:
    """Return the wanted port. For 0 that of the last start, as links in mails name it and a mail that is tried again must not
    change; where that one is taken, a free one, kept for the next start.

    Raises CannotStart if the wanted port cannot be had.
    """
    if wanted:
        return _bound(wanted)
    file = data_dir / "port"
    try:
        port = _bound(int(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, OverflowError, CannotStart):
        port = free_port()
    file.write_text(str(port), encoding="utf-8")
    return port


def _bound(port: int) -> int:
    """Return the port, which is free at this moment; any for 0, as a damaged file may say. Raises CannotStart if it is not."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            advice = "choose another with --port; 0 takes a free one"
            raise CannotStart(f"port {port} cannot be used: {error.strerror}; {advice}") from None
        number: int = probe.getsockname()[1]
        return number
