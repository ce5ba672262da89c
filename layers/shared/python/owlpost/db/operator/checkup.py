"""What the database says of itself: version, role, rights, clock and time zones."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from owlpost.db import rows
from owlpost.db.roles import OURS, RDS_IAM
from owlpost.domain.value import dataclass

FIND_SERVER = text("""
    select current_setting('server_version_num')::int / 10000 as major,
           current_setting('server_version') as version,
           clock_timestamp() as at
""")
FIND_ROLE = text("""
    select r.rolname as name,
           coalesce(shobj_description(r.oid, 'pg_authid') = :ours, false) as made_by_us,
           array_remove(array[
               case when r.rolsuper then 'SUPERUSER' end,
               case when r.rolbypassrls then 'BYPASSRLS' end,
               case when r.rolcreaterole then 'CREATEROLE' end,
               case when r.rolcreatedb then 'CREATEDB' end,
               case when r.rolreplication then 'REPLICATION' end,
               case when has_schema_privilege('public', 'create') then 'CREATE in public' end
           ], null) as powers,
           array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
                 where m.member = r.oid and g.rolname <> :rds_iam order by 1) as member_of,
           exists (select from pg_tables where schemaname = 'public' and tableowner = r.rolname) as owns_tables
    from pg_roles r where r.rolname = current_user
""")
#: Of everybody, `public`, as well: what that may do, each role may.
FIND_GRANTS = text("""
    select coalesce(r.rolname, 'public')::text as role, c.relname::text as table_name, lower(a.privilege_type) as privilege
    from pg_class c
    cross join lateral aclexplode(c.relacl) a
    left join pg_roles r on r.oid = a.grantee
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
      and (a.grantee = 0 or r.rolname = any(:roles))
""")
FIND_ROLES = text("select rolname::text from pg_roles where rolname = any(:roles)")
#: Zones that the server does not know are missing from the answer; asked by name they would be an error.
FIND_OFFSETS = text("""
    select z.name,
           array_agg(extract(epoch from (m.at at time zone z.name) - (m.at at time zone 'UTC'))::int order by m.at) as seconds
    from unnest(cast(:names as text[])) as z(name)
    join pg_timezone_names known on known.name = z.name
    cross join unnest(cast(:moments as timestamptz[])) as m(at)
    group by z.name
""")
FIND_CHOSEN_ZONES = text("""
    select distinct preferences -> 'notifications' -> 'quiet_hours' ->> 'time_zone' from users
    where preferences -> 'notifications' -> 'quiet_hours' ->> 'time_zone' is not null
""")
#: Most rules that change do so for weeks: those of Ramadan are the shortest.
STEP = timedelta(days=7)
WEEKS = 53


@dataclass(frozen=True, slots=True)
class Server:
    major: int
    version: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Role:
    """The role that we connect as. `powers` are what it may do beyond tables, `member_of` roles other than RDS' for IAM."""

    name: str
    made_by_us: bool
    powers: list[str]
    member_of: list[str]
    owns_tables: bool


def server(connection: Connection) -> Server:
    return rows.value(Server, connection.execute(FIND_SERVER).one())


def role(connection: Connection) -> Role:
    return rows.value(Role, connection.execute(FIND_ROLE, {"ours": OURS, "rds_iam": RDS_IAM}).one())


def existing(connection: Connection, roles: Collection[str]) -> frozenset[str]:
    """Return those of the roles that there are."""
    return frozenset(connection.execute(FIND_ROLES, {"roles": list(roles)}).scalars())


def grants(connection: Connection, roles: Collection[str]) -> Mapping[str, frozenset[tuple[str, str]]]:
    """Return the tables of the schema and what may be done with them, for each of the roles and for `public`."""
    found: dict[str, set[tuple[str, str]]] = {}
    for each in connection.execute(FIND_GRANTS, {"roles": list(roles)}):
        found.setdefault(each.role, set()).add((each.table_name, each.privilege))
    return {name: frozenset(granted) for name, granted in found.items()}


def moments(start: datetime) -> list[datetime]:
    """Return the moments of the coming year at which time zones are compared."""
    return [start + week * STEP for week in range(WEEKS)]


def offsets(connection: Connection, names: Sequence[str], at: Sequence[datetime]) -> Mapping[str, Sequence[int]]:
    """Return the seconds that each zone is ahead of UTC at these moments; zones that the server does not know are missing."""
    found = connection.execute(FIND_OFFSETS, {"names": list(names), "moments": list(at)})
    return {each.name: each.seconds for each in found}


def chosen_zones(connection: Connection) -> frozenset[str]:
    """Return the time zones in which somebody has quiet hours."""
    return frozenset(connection.execute(FIND_CHOSEN_ZONES).scalars())
