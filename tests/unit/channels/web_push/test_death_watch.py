"""When a push service that calls subscriptions gone is believed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from owlpost.channels.web_push.death_watch import MOST, DeathWatch
from owlpost.domain.mass_death import DOUBT_LASTS, LEAST_DEAD, WINDOW

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def judged(
    watch: DeathWatch, *, dead: int = 0, alive: int = 0, service: str = "https://push.example", at: datetime = NOW
) -> set[UUID]:
    """Have a service judge so many. Return the dead."""
    ids = [uuid4() for _ in range(dead)]
    for id_ in ids:
        watch.note(service, id_, is_dead=True, at=at)
    for _ in range(alive):
        watch.note(service, uuid4(), is_dead=False, at=at)
    return set(ids)


def test_a_few_deaths_are_believed() -> None:
    watch = DeathWatch()
    judged(watch, dead=LEAST_DEAD - 1)
    assert watch.doubted(NOW) == frozenset()


def test_many_among_many_more_that_live_are_believed() -> None:
    watch = DeathWatch()
    judged(watch, dead=LEAST_DEAD, alive=4 * LEAST_DEAD)
    assert watch.doubted(NOW) == frozenset()


def test_too_many_are_doubted() -> None:
    watch = DeathWatch()
    dead = judged(watch, dead=LEAST_DEAD, alive=4 * LEAST_DEAD - 1)
    assert watch.doubted(NOW) == dead


def test_one_service_is_no_witness_of_another() -> None:
    watch = DeathWatch()
    judged(watch, alive=1_000, service="https://well.example")
    few = judged(watch, dead=3, service="https://well.example")
    dead = judged(watch, dead=LEAST_DEAD)
    assert watch.doubted(NOW) == dead
    assert not few & dead


def test_one_that_dies_over_and_over_is_one() -> None:
    watch, id_ = DeathWatch(), uuid4()
    for _ in range(3 * LEAST_DEAD):
        watch.note("https://push.example", id_, is_dead=True, at=NOW)
    assert watch.doubted(NOW) == frozenset()


def test_what_is_long_ago_does_not_count() -> None:
    watch = DeathWatch()
    judged(watch, dead=LEAST_DEAD - 1)
    judged(watch, dead=1, at=NOW + WINDOW + SECOND)
    assert watch.doubted(NOW + WINDOW + SECOND) == frozenset()


def test_what_was_doubted_is_believed_when_it_is_called_gone_again_later() -> None:
    watch = DeathWatch()
    dead = judged(watch, dead=LEAST_DEAD)
    assert watch.doubted(NOW) == dead
    later = NOW + WINDOW + SECOND
    for id_ in dead:
        watch.note("https://push.example", id_, is_dead=True, at=later)
    assert watch.doubted(later) == frozenset()


def test_and_within_the_window_it_is_doubted_still() -> None:
    watch = DeathWatch()
    dead = judged(watch, dead=LEAST_DEAD)
    watch.doubted(NOW)
    for id_ in dead:
        watch.note("https://push.example", id_, is_dead=True, at=NOW + WINDOW - SECOND)
    assert watch.doubted(NOW + WINDOW - SECOND) == dead


def test_a_doubt_is_forgotten_after_a_day() -> None:
    watch = DeathWatch()
    dead = judged(watch, dead=LEAST_DEAD)
    watch.doubted(NOW)
    later = NOW + DOUBT_LASTS + SECOND
    watch.doubted(later)
    for id_ in dead:
        watch.note("https://push.example", id_, is_dead=True, at=later)
    assert watch.doubted(later) == dead


def test_its_memory_has_an_end() -> None:
    watch = DeathWatch()
    judged(watch, dead=MOST + 5)
    assert len(watch.doubted(NOW)) == MOST
    judged(watch, dead=MOST + 5, service="https://other.example")
    watch.doubted(NOW)
    assert len(watch._doubted) == MOST
