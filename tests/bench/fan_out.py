"""The fan-out: database time of one enqueue, against one hand-written statement and against a loop over people."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import NullPool, create_engine, make_url

from infra.local.postgres.server import Postgres
from owlpost.domain.clock import utc_now
from owlpost.domain.requests import Continuation
from owlpost.services.enqueue.chunks import CHUNK_SIZE
from owlpost.services.enqueue.dispatch import Dispatch
from owlpost.services.enqueue.submission import Submission
from tests.bench.fan_out_rows import BODY, LINK, TITLE, TYPE, WRITTEN, add_audience, floor, tell_one_by_one
from tests.bench.figures import Contender, Findings, Ratio, take_turns, timed
from tests.bench.server import Bench, bench_database
from tests.bench.unsent import Unsent
from tests.support.services import dispatching

REACH, FASTER_THAN_NAIVE = 1.15, 20
#: Rounds by size of the audience. The audience of one thousand is also measured with the naive loop.
ROUNDS = {1_000: 30, 10_000: 5, 100_000: 3}
NAIVE, NAIVE_ROUNDS = 1_000, 2


def measure(postgres: Postgres, sizes: Sequence[int]) -> Findings:
    findings = Findings("Fan-out: × 3 channels, 20 % with overrides, the database's time")
    for size in sizes:
        with bench_database(postgres, f"bench_fan_out_{size}") as bench:
            _measure(bench, size, findings)
    return findings


def _measure(bench: Bench, size: int, findings: Findings) -> None:
    team_id, user_ids = add_audience(bench, size)
    bench.psql.run(floor(team_id))
    bench.settle()
    ours, by_hand = f"{size:,} people, enqueue", f"{size:,} people, by hand through psql"
    taken = take_turns(
        {ours: _enqueue(bench, team_id, user_ids), by_hand: lambda: bench.psql.run(floor(team_id))},
        rounds=ROUNDS[size],
    )
    if size == NAIVE:
        naive = f"{size:,} people, row by row through the ORM"
        taken |= take_turns({naive: _one_by_one(bench, user_ids)}, rounds=NAIVE_ROUNDS)
        faster = taken[naive].p50 / taken[ours].p50
        findings.ratios.append(
            Ratio(f"fan-out {size:,}: row by row / enqueue", faster, FASTER_THAN_NAIVE, more_is_better=True)
        )
    findings.times.extend(taken.values())
    reach = None if size == NAIVE else REACH
    findings.ratios.append(Ratio(f"fan-out {size:,}: enqueue / by hand", taken[ours].p50 / taken[by_hand].p50, reach))
    findings.problems.extend(_unequal(bench))


def _enqueue(bench: Bench, team_id: UUID, user_ids: Sequence[UUID]) -> Contender:
    """Notify people by id up to the limit of a request. A larger audience is a team, written in chunks as workers do."""
    dispatch = dispatching(bench.database, Unsent(), utc_now)
    recipients = {"team_id": str(team_id)} if len(user_ids) > CHUNK_SIZE else {"user_ids": [*map(str, user_ids)]}

    def contender() -> float:
        body = {"type": TYPE, "recipients": recipients, "title": TITLE, "body": BODY, "link": LINK}
        submission = Submission.from_json(body | {"idempotency_key": str(uuid4())})
        return timed(lambda: _store(dispatch, submission))()

    return contender


def _store(dispatch: Dispatch, submission: Submission) -> None:
    with dispatch.database.transaction() as connection:
        stored = dispatch.store(connection, submission)
    if stored.result.request_id:
        for number in range(1, stored.chunks + 1):
            dispatch.chunks.resume(Continuation(continue_request=stored.result.request_id, chunk=number))


def _one_by_one(bench: Bench, user_ids: Sequence[UUID]) -> Contender:
    """Over SQLAlchemy's own dialect: ours knows statements that are text, and nothing of an ORM's."""
    url = make_url(bench.postgres.uri(bench.name)).set(drivername="postgresql+pg8000")
    engine = create_engine(url, poolclass=NullPool)

    def tell() -> None:
        with engine.begin() as connection:
            tell_one_by_one(connection, user_ids)

    return timed(tell)


def _unequal(bench: Bench) -> list[str]:
    with bench.database.transaction() as connection:
        written = connection.execute(WRITTEN).all()
    return [f"the ways to tell wrote different rows: {written}"] if len(written) != 1 else []
