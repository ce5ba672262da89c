"""Where a worker's own clock is read. What is shared between workers is judged by the database's."""

import ast
from collections.abc import Iterator
from pathlib import Path

from owlpost.domain.channels import queued_channels

ROOT = Path(__file__).parents[2]
ROOTS = (ROOT / "functions", ROOT / "layers/shared/python/owlpost")
CLOCKS = {"utc_now", "datetime.now", "datetime.utcnow", "time.time", "date.today"}

#: Each module that reads a worker's clock, and what for.
READS = {
    "functions/enqueue.py": "its own deadline",
    "functions/deliver.py": "its own deadline",
    "channels/email/direct.py": "the deadline of its own call",
    "channels/email/resend.py": "the deadline of its own call",
    "channels/email/resend_check.py": "the deadline of its own call",
    "channels/email/smtp_check.py": "the deadline of its own call",
    "channels/email/pacing.py": "a date in a provider's Retry-After: other clocks change one wait, at most to an hour",
    "channels/email/ses.py": "the deadline of its own calls",
    "channels/email/smtp.py": "the deadline of its own calls, how long its connection was idle, and a mail's Date",
    "channels/http2/connection.py": "how long this sandbox's own connection has been silent",
    "channels/mobile_push/apns.py": "the registration of a device that does not exist, which nobody compares",
    "channels/mobile_push/channel.py": "the deadline of its own calls, and a push's expiration, which lies days ahead",
    "channels/mobile_push/verdict.py": "a date in a provider's Retry-After: other clocks change one wait, at most to an hour",
    "channels/per_destination_round.py": "the deadline of its own calls",
    "channels/slack/key_check.py": "the deadline of its own calls",
    "channels/telegram/setup.py": "the deadline of its own calls, and whether an error that Telegram tells of is of this hour",
    "db/clock.py": "put right by the database's time",
    "domain/clock.py": "the definition",
    "wiring/api.py": "lives of sessions, of days: a forged token must not cost a connect",
    "wiring/deliver.py": "its own deadline; all else is judged by the database",
    "wiring/digest.py": "whether an hour of rest has come, before the database is asked",
    "wiring/enqueue.py": "handed on to the wakeup",
    "wiring/mail.py": "the hour of an alert, which is sent while the database may be away",
    "wiring/operate.py": "shown beside the database's time, as the skew",
    "wiring/wakeup.py": "how long ago this sandbox sent its last wakeup",
}


#: An adapter answers before its batch's deadline, by the worker's clock: so does a new one, as docs/add-a-channel.md has it.
ADAPTERS = {
    f"{each.adapter.removeprefix('owlpost.').replace('.', '/')}.py" for each in queued_channels() if each.adapter
}


def reads(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in CLOCKS:
            yield node.id
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


def modules() -> Iterator[tuple[str, Path]]:
    for root in ROOTS:
        for path in sorted(root.rglob("*.py")):
            yield str(path.relative_to(ROOT if root.name == "functions" else root)), path


def test_a_workers_clock_is_read_where_a_reason_is_given_and_nowhere_else() -> None:
    found = {name for name, path in modules() if CLOCKS.intersection(reads(ast.parse(path.read_text())))}
    assert (found | {"domain/clock.py"}) - ADAPTERS == READS.keys() - ADAPTERS
    assert READS.keys() & ADAPTERS <= found


def test_no_statement_takes_the_time_of_a_worker_as_now() -> None:
    database = ROOT / "layers/shared/python/owlpost/db"
    rooms = [path for room in ("delivery", "enqueue", "operator") for path in (database / room).rglob("*.py")]
    assert [path.name for path in rooms if ":now" in path.read_text() and path.name != "audit.py"] == []
