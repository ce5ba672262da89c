"""One team of a million in chunks: the cost of each chunk against a single team of the same size, from first to last."""

from collections.abc import Callable
from statistics import median
from uuid import UUID, uuid4

from sqlalchemy import text

from infra.local.postgres.server import Postgres
from owlpost.domain.clock import utc_now
from owlpost.domain.idempotency import Key
from owlpost.domain.requests import Continuation
from owlpost.services.enqueue.chunks import CHUNK_SIZE
from owlpost.services.enqueue.dispatch import Dispatch
from tests.bench.fan_out_rows import BODY, LINK, OVERRIDES, TITLE, TYPE
from tests.bench.figures import Findings, Ratio, Times, timed
from tests.bench.server import Bench, bench_database
from tests.bench.unsent import Unsent
from tests.support.people import add_team
from tests.support.services import dispatching

LINEAR, FLAT = 1.15, 1.15
SINGLE_ROUNDS = 7
TOLD = text("select count(*) from notifications join team_members m using (user_id) where m.team_id = :team_id")


def measure(postgres: Postgres, *, people: int) -> Findings:
    findings = Findings(f"Scale: a team of {people:,} in chunks of {CHUNK_SIZE:,}, the database's time")
    with bench_database(postgres, "bench_scale") as bench:
        small, large = add_team(bench.database, members=CHUNK_SIZE), add_team(bench.database, members=people)
        bench.run(OVERRIDES)
        bench.settle()
        dispatch = dispatching(bench.database, Unsent(), utc_now)
        singles = [_tell(dispatch, small) for _ in range(SINGLE_ROUNDS + 1)][1:]
        chunks = _tell_in_chunks(dispatch, large, chunks=people // CHUNK_SIZE)
        findings.problems.extend(_untold(bench, large, people))
    tenth = max(len(chunks) // 10, 1)
    first, last = chunks[:tenth], chunks[-tenth:]
    findings.times.extend(
        [
            Times.of("a team of 10,000, one transaction", singles),
            Times.of(f"a chunk of {people:,}", chunks),
            Times.of("the first tenth of the chunks", first),
            Times.of("the last tenth of the chunks", last),
        ]
    )
    each = sum(chunks) / len(chunks)
    findings.ratios.extend(
        [
            Ratio(f"scale {people:,}: time per 10,000 / a single 10,000", each / median(singles), LINEAR),
            Ratio(f"scale {people:,}: last tenth / first tenth", median(last) / median(first), FLAT),
        ]
    )
    return findings


def _tell(dispatch: Dispatch, team_id: UUID) -> float:
    return timed(lambda: _enqueue(dispatch, team_id))()


def _enqueue(dispatch: Dispatch, team_id: UUID) -> UUID | None:
    body = {"type": TYPE, "recipients": {"team_id": str(team_id)}, "title": TITLE, "body": BODY, "link": LINK}
    return dispatch.enqueue(body, platform_key=Key("lambda", str(uuid4()))).request_id


def _tell_in_chunks(dispatch: Dispatch, team_id: UUID, *, chunks: int) -> list[float]:
    """Return the milliseconds of each chunk. The producer's call writes the first one and the list of the others."""
    told: list[UUID | None] = []
    times = [timed(lambda: told.append(_enqueue(dispatch, team_id)))()]
    return times + [timed(_resume(dispatch, told[0], number))() for number in range(1, chunks)]


def _resume(dispatch: Dispatch, request_id: UUID | None, number: int) -> Callable[[], None]:
    if request_id is None:
        raise ValueError("the team is empty")
    continuation = Continuation(continue_request=request_id, chunk=number)
    return lambda: dispatch.chunks.resume(continuation)


def _untold(bench: Bench, team_id: UUID, people: int) -> list[str]:
    with bench.database.transaction() as connection:
        told = connection.execute(TOLD, {"team_id": team_id}).scalar_one()
    return [] if told == people else [f"{told:,} of {people:,} people were told"]
