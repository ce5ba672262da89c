"""Lines in the topology: only where an installation has chosen them, as each open page costs by the minute."""

from dataclasses import replace

from infra.topology.model import Function, LineApi, Topology
from owlpost.domain.line_events import FUNCTION

#: A page proves by it that its line is alive. No function runs for it, and no database wakes up.
PING, PONG = "ping", '{"pong":true}'
#: Functions after whose work an inbox is another, or a session is no more.
TELLING = ("enqueue", "digest", "api", "operate")
#: Functions that say to a page where lines are opened: the API, and the pages' content security policy.
SAYING = ("api", "dashboard")
URL = "LINE_URL"


def with_lines(plan: Topology) -> Topology:
    """Return the topology with lines, the same if it has them."""
    if plan.lines:
        return plan
    changed = (_telling(function) for function in plan.functions if function.name in {*TELLING, *SAYING})
    plan = plan.with_functions(*changed)
    return replace(
        plan,
        functions=(*plan.functions, _function()),
        lines=LineApi(FUNCTION, stage="lines", selection="$request.body.action", answers={PING: PONG}),
    )


def _telling(function: Function) -> Function:
    starts = (*function.starts, FUNCTION) if function.name in TELLING else function.starts
    settings = (*function.settings, URL) if function.name in SAYING else function.settings
    return replace(function, starts=starts, settings=settings)


def _function() -> Function:
    return Function(
        FUNCTION,
        "functions.line.handler",
        memory_mb=512,
        timeout=30,
        settings=("LINE_", "WEB_URL", "EMBED_"),
        zone="line",
        # By then a page has asked by itself.
        max_event_age=60,
    )
