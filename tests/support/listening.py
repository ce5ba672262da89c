"""Which ports a process and its descendants listen at, as Linux tells."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
TABLES = (PROC / "net" / "tcp", PROC / "net" / "tcp6")
LISTEN = "0A"
WORD = 8


class Listener(NamedTuple):
    address: IPv4Address | IPv6Address
    port: int


def listeners(pid: int) -> set[Listener]:
    """Return what the process and all that it has started listen at."""
    sockets = {link for each in _family(pid) for link in _open_files(each)}
    return {listener for inode, listener in _listening() if f"socket:[{inode}]" in sockets}


def _family(pid: int) -> set[int]:
    parents = {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    family = {pid}
    while fresh := {child for child, parent in parents.items() if parent in family} - family:
        family |= fresh
    return family


def _open_files(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for link in (PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                found.add(str(link.readlink()))
    return found


def _listening() -> list[tuple[str, Listener]]:
    rows = [line.split() for table in TABLES for line in table.read_text().splitlines()[1:]]
    return [(row[9], _listener(row[1])) for row in rows if row[3] == LISTEN]


def _listener(text: str) -> Listener:
    """Return what `0100007F:1F90` means: the address in words of the machine's byte order, the port in hexadecimal."""
    address, _, port = text.partition(":")
    words = [bytes.fromhex(address[at : at + WORD])[::-1] for at in range(0, len(address), WORD)]
    return Listener(ip_address(b"".join(words)), int(port, 16))
