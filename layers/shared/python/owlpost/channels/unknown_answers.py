"""Tell once in a process of each kind of answer that no table of ours lists, so that somebody can add it.

The delivery is treated by the answer's status meanwhile.
"""

import re

from owlpost.observability import count, logger
from owlpost.sandbox import once

#: What a provider's code looks like. It is shorter than any device token, and holds no character of an address.
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,47}")
#: Kinds that one process tells of: a provider that makes codes up cannot fill the log.
MOST = 50


@once
def told() -> set[tuple[str, int, str]]:
    """The kinds of which this process has told."""
    return set()


def tell_of_unknown(provider: str, status: int, code: str, *, channel: str) -> None:
    """Log and count an answer, unless this process told of its kind before. The code is shown only if it looks like one."""
    kind = (provider, status, code if CODE.fullmatch(code) else "")
    if kind in told() or len(told()) >= MOST:
        return
    told().add(kind)
    logger().warning(
        "answer is in no table", extra={"provider": provider, "status": status, "code": kind[2] or "no code"}
    )
    count("UnknownAnswer", channel=channel)
