"""A million notifications: one person has 100,000 of them, another one 100."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from owlpost.domain.cursors import Place
from tests.bench.server import Bench
from tests.support.people import Person, add_person

LARGE, SMALL = 100_000, 100

#: Written in the order of time, as over half a year, so that one person's rows are spread over the whole table.
#: Three in five are unread. All other rows belong to nine thousand other people.
FILL = """
    insert into notifications (user_id, type, title, body, link, data, read_at, created_at, request_id)
    select case
             when mod(n, 10) = 0 then cast('{large}' as uuid)
             when mod(n, 10000) = 5 then cast('{small}' as uuid)
             else cast(md5(cast(mod(n, 9001) as text)) as uuid)
           end,
           case mod(n / 10, 3) when 0 then 'feedback.new' when 1 then 'issue.new' else 'job.completed' end,
           'Something happened in project ' || mod(n, 50), 'A sentence or two about it, as a producer would write them.',
           '/projects/' || mod(n, 50), jsonb_build_object('project_id', md5(cast(mod(n, 50) as text))),
           case when mod(n / 10000 + n / 10, 5) >= 3 then now() end,
           now() - (1000000 - n) * interval '15 seconds', owlpost_uuid7()
    from generate_series(1, 1000000) n
"""

PLACE = text("""
    select created_at, id from notifications where user_id = :user_id
    order by created_at desc, id desc offset :seen - 1 limit 1
""")
SOME_UNREAD = text("""
    select id from notifications where user_id = :user_id and read_at is null order by md5(cast(id as text)) limit 50
""")


@dataclass(frozen=True, slots=True)
class Inbox:
    """`deep` is the cursor of the measured deep page. `unread` are some rows to mark."""

    person: Person
    size: int
    deep: Place
    unread: list[UUID]


def fill(bench: Bench) -> tuple[Inbox, Inbox]:
    """Return the large and the small inbox. The small one has no page 1,000, so its second and last page takes that part."""
    with bench.database.transaction() as connection:
        large, small = add_person(connection), add_person(connection)
    bench.run(FILL.format(large=large.id, small=small.id))
    bench.settle()
    return _inbox(bench, large, LARGE, seen=999 * 50), _inbox(bench, small, SMALL, seen=50)


def _inbox(bench: Bench, person: Person, size: int, *, seen: int) -> Inbox:
    with bench.database.transaction() as connection:
        place = connection.execute(PLACE, {"user_id": person.id, "seen": seen}).one()
        unread = connection.execute(SOME_UNREAD, {"user_id": person.id}).scalars().all()
    return Inbox(person, size, Place(place.created_at, place.id), list(unread))
