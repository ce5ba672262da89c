"""Enter the texts of old rows into the index of texts, a bounded number at a time, and go on where the last time ended."""

from collections.abc import Mapping

from sqlalchemy import Connection, TextClause, text

from owlpost.db.texts import LEFT_OUT, SAID
from owlpost.domain.value import dataclass

#: The condition on a list's rows, and the column of their order. Each list has an index by person and that order.
LISTS: Mapping[str, tuple[str, str]] = {
    "inbox": ("n.in_app and n.deleted_at is null", "n.created_at"),
    "done": ("n.done_at is not null and n.deleted_at is null", "n.done_at"),
}
#: A row that is as old as this is committed, or never will be: no transaction of ours takes so long.
_SETTLED = "now() - interval '1 hour'"

#: Who writes texts waits until the batch has committed, and the batch for them: see `owlpost.db.texts`. Who reads does not.
TAKE_TURN = text("lock table notification_texts in share row exclusive mode")
#: The person whom the last batch ended with.
PLACE = text("select detail from schedule_runs where name = :name")
NOTE_PLACE = text("""
    insert into schedule_runs (name, ran_at, detail) values (:name, now(), :place)
    on conflict (name) do update set ran_at = excluded.ran_at, detail = excluded.detail
""")


def _enter(name: str, rows: str, place: str) -> TextClause:
    """Return the statement for the next people of a list: the index is asked for one person after another.

    Of each who has more than `:left_out` rows beyond their mark, the oldest of those are entered, and the mark follows. A row
    that is being deleted is waited for; the foreign key would fail.
    """
    next_person = f"""
      select n.user_id from notifications n where {rows} and n.user_id > {{after}}
      order by n.user_id, {place} desc, n.id desc limit 1"""
    return text(f"""
    with recursive person as (
      select first.user_id, 1 as number from ({next_person.format(after="cast(:after as uuid)")}) first
      union all
      select next.user_id, p.number + 1
      from person p cross join lateral ({next_person.format(after="p.user_id")}) next
      where p.number < :people
    ),
    reached as materialized (
      select p.user_id, coalesce(e.until_at, '-infinity') as at,
             coalesce(e.until_id, '00000000-0000-0000-0000-000000000000') as id
      from person p left join texts_entered e on e.user_id = p.user_id and e.list = '{name}'
    ),
    due as materialized (
      select r.*, edge.at as to_at, edge.id as to_id
      from reached r
      cross join lateral (
        select {place} as at, n.id from notifications n
        where {rows} and n.user_id = r.user_id and {place} < {_SETTLED} and ({place}, n.id) > (r.at, r.id)
        order by {place} desc, n.id desc
        offset :left_out limit 1
      ) edge
    ),
    taken as materialized (
      select old.id, old.user_id, old.said, old.at
      from due
      cross join lateral (
        select n.id, n.user_id, {SAID} as said, {place} as at from notifications n
        where {rows} and n.user_id = due.user_id and ({place}, n.id) > (due.at, due.id)
          and ({place}, n.id) <= (due.to_at, due.to_id)
        order by {place}, n.id
        limit greatest(1, :rows / (select count(*) from due))
        for key share of n
      ) old
    ),
    entered as (
      insert into notification_texts (id, user_id, said) select id, user_id, said from taken on conflict (id) do nothing
    ),
    marked as (
      insert into texts_entered (user_id, list, until_at, until_id)
      select distinct on (user_id) user_id, '{name}', at, id from taken order by user_id, at desc, id desc
      on conflict (user_id, list) do update set until_at = excluded.until_at, until_id = excluded.until_id
    )
    select (select count(*) from taken) as rows, (select count(*) from person) as people,
           (select p.user_id from person p order by p.number desc limit 1) as last
    """)


ENTER = {name: _enter(name, rows, place) for name, (rows, place) in LISTS.items()}


@dataclass(frozen=True, slots=True)
class Entered:
    """How many rows a batch entered, and whether nobody is left to look at."""

    rows: int
    is_last: bool


def enter(connection: Connection, name: str, *, rows: int, people: int, left_out: int = LEFT_OUT) -> Entered:
    """Enter up to so many rows of the next people of a list. After the last person, it begins with the first again."""
    place = {"name": f"texts of {name}"}
    connection.execute(TAKE_TURN)
    after = connection.execute(PLACE, place).scalar() or "00000000-0000-0000-0000-000000000000"
    values = {"after": after, "rows": rows, "people": people, "left_out": left_out}
    batch = connection.execute(ENTER[name], values).one()
    is_last = not batch.rows and batch.people < people
    if not batch.rows:
        connection.execute(NOTE_PLACE, {**place, "place": None if is_last else str(batch.last)})
    return Entered(batch.rows, is_last)
