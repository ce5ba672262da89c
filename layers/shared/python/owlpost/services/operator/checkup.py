"""Look for what is wrong with the database, as the function sees it: for `owlpost doctor`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from owlpost.db.grants import GRANTS
from owlpost.db.operator import checkup, versions
from owlpost.db.session import Database
from owlpost.domain.clock import Clock
from owlpost.domain.findings import Finding, good, note, unknown, wrong
from owlpost.domain.moments import package_zones
from owlpost.domain.value import dataclass

#: The majors of Postgres that are promised: docs/deploy.md, *Which Postgres*.
OLDEST_MAJOR, NEWEST_MAJOR = 15, 18
MOST_SKEW_SECONDS = 5.0
ZONE = "operate"
MOST_NAMED = 5
DEPLOY = "Deploy again: the migration brings grants to what the code says."

Grants = Mapping[str, frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Checkup:
    """`on_this_machine`: the database is a laptop's, where everything connects as the owner. `zones` reads the code's."""

    database: Database
    now: Clock
    on_this_machine: bool = False
    zones: Callable[[], Mapping[str, tzinfo]] = package_zones

    def findings(self) -> list[Finding]:
        """Return one finding or more for each thing that was looked at."""
        zones = self.zones()
        with self.database.transaction() as connection:
            server, ours = checkup.server(connection), self.now()
            found = versions.find(connection)
            role = checkup.role(connection)
            expected = expected_grants(role.name)
            missing = expected.keys() - checkup.existing(connection, expected)
            granted = checkup.grants(connection, expected)
            at = checkup.moments(server.at)
            offsets = checkup.offsets(connection, list(zones), at)
            chosen = checkup.chosen_zones(connection)
        as_owner = self.on_this_machine and role.owns_tables
        return [
            _version(server),
            _schema(found),
            _clock((ours - server.at).total_seconds()),
            *([good("role", f"{role.name}, the owner, as on a laptop")] if as_owner else _role(role)),
            *(() if as_owner else _rights(role, expected, granted, missing)),
            _zones(differing(zones, offsets, at), chosen, len(zones)),
        ]


def expected_grants(role: str) -> Grants:
    """Return what each role may do, by its name. A role that is not of one zone alone is that of them all."""
    wanted = {zone: frozenset(_privileges(zone)) for zone in GRANTS}
    base = role.removesuffix(f"_{ZONE}")
    if base == role:
        return {role: frozenset().union(*wanted.values())}
    return {f"{base}_{zone}": privileges for zone, privileges in wanted.items()}


def _privileges(zone: str) -> Iterator[tuple[str, str]]:
    for table, privileges in GRANTS[zone].items():
        for privilege in privileges.split(", "):
            yield table, privilege


def _version(server: checkup.Server) -> Finding:
    promised = f"{OLDEST_MAJOR} to {NEWEST_MAJOR} are promised"
    if server.major < OLDEST_MAJOR:
        return wrong("Postgres", f"{server.version}, and {promised}", f"Upgrade it to {NEWEST_MAJOR}.")
    if server.major > NEWEST_MAJOR:
        return unknown(
            "Postgres", f"{server.version}, and {promised}", "Run `make integration POSTGRES=…` with it first."
        )
    return good("Postgres", server.version)


def _schema(found: versions.Versions) -> Finding:
    if found.schema is None:
        return unknown("schema in the database", "no migration has said which it is", "Deploy once more.")
    if found.schema == found.code:
        return good("schema in the database", found.schema)
    said = f"it has {found.schema}, and the function's code is of {found.code}"
    return wrong(
        "schema in the database", said, "Deploy once more; the log of the function `migrate` says why it did not."
    )


def _clock(ahead: float) -> Finding:
    if abs(ahead) <= MOST_SKEW_SECONDS:
        return good("clocks", f"function and database are within {abs(ahead):.1f} s")
    remedy = "Set the database's machine by NTP; on RDS and Lambda, tell AWS. Leases and retries end at wrong times."
    return wrong("clocks", f"the function is {ahead:.0f} s ahead of the database", remedy)


def _role(role: checkup.Role) -> Iterator[Finding]:
    too_much = [*role.powers, *(f"member of {name}" for name in role.member_of)]
    if role.owns_tables:
        too_much.append("owner of tables")
    if too_much:
        remedy = "Take that from the role, or let `database.user` name another, which the migration then makes."
        yield wrong("role", f"{role.name} is more than a user of tables: {', '.join(too_much)}", remedy)
    elif role.made_by_us:
        yield good("role", f"{role.name}, made by Owlpost")
    else:
        yield good("role", f"{role.name}, made by somebody else and left alone")


def _rights(role: checkup.Role, expected: Grants, granted: Grants, missing: set[str]) -> Iterator[Finding]:
    if missing:
        yield wrong("roles", f"there is no {', '.join(sorted(missing))}", DEPLOY)
    public = granted.get("public", frozenset())
    if public:
        yield wrong(
            "rights", f"everybody who connects may {_named(public)}", "Revoke it: revoke all on TABLE from public."
        )
    less = {
        name: want - granted.get(name, frozenset()) - public for name, want in expected.items() if name not in missing
    }
    more = {name: granted.get(name, frozenset()) - want for name, want in expected.items()}
    for name in sorted(name for name, rights in less.items() if rights):
        yield wrong("rights", f"{name} may not {_named(less[name])}", DEPLOY)
    for name in sorted(name for name, rights in more.items() if rights):
        said = f"{name} may {_named(more[name])}, which Owlpost has no use for"
        if role.made_by_us:
            yield wrong("rights", said, DEPLOY)
        else:
            yield unknown("rights", said, "Let `database.user` name a role of Owlpost's own if nobody else needs that.")
    if not (public or missing or any(less.values()) or any(more.values())):
        yield good("rights", f"exactly what Owlpost grants, for {', '.join(sorted(expected))}")


def _named(rights: frozenset[tuple[str, str]]) -> str:
    listed = [f"{privilege} {table}" for table, privilege in sorted(rights)]
    return ", ".join(listed[:MOST_NAMED]) + (f" and {len(listed) - MOST_NAMED} more" if listed[MOST_NAMED:] else "")


def differing(zones: Mapping[str, tzinfo], offsets: Mapping[str, Sequence[int]], at: Sequence[datetime]) -> list[str]:
    """Return the zones that the database does not know, or in which it has another time at one of these moments."""
    return sorted(name for name, zone in zones.items() if list(offsets.get(name, ())) != _offsets(zone, at))


def _zones(other: list[str], chosen: frozenset[str], of: int) -> Finding:
    """Quiet hours are judged by the database's own zone data, and foretold by the package's."""
    if not other:
        return good("time zones", f"{of} zones are the same in the database and in the code for a year to come")
    remedy = "Install Postgres' newest minor version, or pin the package tzdata at its date: quiet hours end at another time."
    if affected := [name for name in other if name in chosen]:
        said = f"the database has another time than the code in {_some(affected)}, where people have quiet hours"
        return wrong("time zones", said, remedy)
    return note("time zones", f"nobody has quiet hours in {_some(other)}, where the database has another time", remedy)


def _some(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if names[MOST_NAMED:] else "")


def _offsets(zone: tzinfo, at: Sequence[datetime]) -> list[int]:
    local = (moment.astimezone(zone).utcoffset() for moment in at)
    return [int(offset.total_seconds()) for offset in local if offset is not None]
