"""Invitations to teams."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from owlpost.db import mailbox, rows
from owlpost.domain.cursors import Place
from owlpost.domain.invitations import Invitation, Offer
from owlpost.domain.value import dataclass

#: Attempts stay in the log beyond the window, so that an operator can investigate an abuse.
LOG_KEPT = timedelta(days=30)

#: Serialise counting; otherwise two requests could both pass the limit.
LOCK_COUNTERS = text("""
    select pg_advisory_xact_lock(hashtextextended('invitation:' || key, 0))
    from unnest(array[cast(:inviter_id as text), cast(:team_id as text), cast(:address as text)]) key
    order by key
""")

#: For each limit the time of the attempt that has to leave the window before another one fits; null if one fits now.
FIND_LIMITING_INVITATIONS = text("""
    select (
        select created_at from invitation_attempts where inviter_id = :inviter_id and created_at > :since
        order by created_at desc offset :per_inviter - 1 limit 1
      ) as inviter, (
        select created_at from invitation_attempts where team_id = :team_id and created_at > :since
        order by created_at desc offset :per_team - 1 limit 1
      ) as team, (
        select created_at from invitation_attempts where address = :address and created_at > :since
        order by created_at desc offset :per_address - 1 limit 1
      ) as address
""")

ADD_INVITATION_ATTEMPT = text("""
    with outdated as (
      delete from invitation_attempts where created_at < :outdated
    )
    insert into invitation_attempts (inviter_id, team_id, address, created_at)
    values (:inviter_id, :team_id, :address, :now)
""")

IS_SUPPRESSED = text(f"select {mailbox.is_suppressed('cast(:address as text)')}")

#: The caller's role in a team, and whether an address belongs to a member. No row if the caller is no member.
FIND_STANDING = text(f"""
    select t.name as team_name, m.role, exists (
      select from team_members other join users u on u.id = other.user_id
      where other.team_id = t.id and {mailbox.is_mailbox("u.email")}
    ) as is_member
    from teams t
    join team_members m on m.team_id = t.id
    where t.id = :team_id and m.user_id = :user_id
""")

_INVITATION = """
    i.id, i.team_id, i.email, i.role, i.invited_by_user_id, u.name as inviter_name, u.email as inviter_email,
    i.expires_at, i.accepted_at, i.created_at
"""

#: One invitation per team and address. Inviting again keeps the id and replaces the token.
UPSERT_INVITATION = text(f"""
    with i as (
      insert into team_invitations (team_id, email, role, token_hash, invited_by_user_id, expires_at, created_at)
      values (:team_id, :address, :role, :token_hash, :user_id, :expires_at, :now)
      on conflict on constraint team_invitations_team_email_key do update
      set role = excluded.role, token_hash = excluded.token_hash, invited_by_user_id = excluded.invited_by_user_id,
          expires_at = excluded.expires_at, accepted_at = null
      returning *
    )
    select {_INVITATION} from i join users u on u.id = i.invited_by_user_id
""")

#: The inviter still may invite to this role: an invitation ends with the rights of its inviter.
_IS_BACKED = """
    exists (
      select from team_members backer
      where backer.team_id = i.team_id and backer.user_id = i.invited_by_user_id
        and (backer.role = 'owner' or backer.role = 'admin' and i.role <> 'owner')
    )
"""

FIND_PENDING_INVITATIONS = text(f"""
    select {_INVITATION} from team_invitations i
    left join users u on u.id = i.invited_by_user_id
    where i.team_id = :team_id and i.accepted_at is null and i.expires_at > :now and {_IS_BACKED}
      and (cast(:after_id as uuid) is null
           or (i.created_at, i.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid)))
    order by i.created_at desc, i.id desc
    limit :limit
""")

DELETE_INVITATION = text("""
    delete from team_invitations where id = :id and team_id = :team_id and accepted_at is null returning id
""")

_OFFER = f"""
    i.id, i.team_id, t.name as team_name, t.slug as team_slug, i.role, i.email, u.name as inviter_name,
    i.expires_at, i.accepted_at, {_IS_BACKED} as is_backed
"""

FIND_OFFER = text(f"""
    select {_OFFER} from team_invitations i
    join teams t on t.id = i.team_id
    left join users u on u.id = i.invited_by_user_id
    where i.token_hash = :token_hash
""")

#: The same row, locked until the transaction ends.
LOCK_OFFER = text(f"{FIND_OFFER.text} for update of i")

#: A person who is already a member keeps their role.
JOIN_TEAM = text("""
    with joined as (
      insert into team_members (team_id, user_id, role, created_at) values (:team_id, :user_id, :role, :now)
      on conflict (team_id, user_id) do nothing
    )
    update team_invitations set accepted_at = :now where id = :id
""")

FIND_ROLE = text("select role from team_members where team_id = :team_id and user_id = :user_id")


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's role in a team, and whether the given address belongs to one of its members."""

    team_name: str
    role: str
    is_member: bool


def seconds_until_attempt(
    connection: Connection,
    *,
    inviter_id: UUID,
    team_id: UUID,
    address: str,
    limits: Mapping[str, int],
    window: timedelta,
    now: datetime,
) -> float:
    """Log an attempt and return 0 if it is within all limits, else return the seconds to wait.

    `limits` has `per_inviter`, `per_team` and `per_address`: the number of attempts within the window.
    """
    whom = {"inviter_id": inviter_id, "team_id": team_id, "address": address}
    connection.execute(LOCK_COUNTERS, whom)
    row = connection.execute(FIND_LIMITING_INVITATIONS, {**whom, **limits, "since": now - window}).one()
    reached: list[datetime] = [moment for moment in row if moment is not None]
    if reached:
        return (max(reached) + window - now).total_seconds()
    connection.execute(ADD_INVITATION_ATTEMPT, {**whom, "now": now, "outdated": now - LOG_KEPT})
    return 0.0


def is_suppressed(connection: Connection, address: str) -> bool:
    """Return whether no mail goes to this address."""
    return bool(connection.execute(IS_SUPPRESSED, {"address": address}).scalar_one())


def standing(connection: Connection, team_id: UUID, user_id: UUID, *, address: str | None = None) -> Standing | None:
    values = {"team_id": team_id, "user_id": user_id, **mailbox.parameters(address)}
    row = connection.execute(FIND_STANDING, values).one_or_none()
    return rows.optional(Standing, row)


def invite(
    connection: Connection,
    team_id: UUID,
    user_id: UUID,
    *,
    address: str,
    role: str,
    token_hash: str,
    expires_at: datetime,
    now: datetime,
) -> Invitation:
    values = {
        "team_id": team_id,
        "user_id": user_id,
        "address": address,
        "role": role,
        "token_hash": token_hash,
        "expires_at": expires_at,
        "now": now,
    }
    return rows.value(Invitation, connection.execute(UPSERT_INVITATION, values).one())


def pending(
    connection: Connection, team_id: UUID, *, after: Place | None, limit: int, now: datetime
) -> list[Invitation]:
    """Return up to `limit` pending invitations after a place, newest first."""
    values = {
        "team_id": team_id,
        "after_at": after.created_at if after else None,
        "after_id": after.id if after else None,
        "limit": limit,
        "now": now,
    }
    return rows.values(Invitation, connection.execute(FIND_PENDING_INVITATIONS, values))


def delete(connection: Connection, team_id: UUID, id_: UUID) -> bool:
    return connection.execute(DELETE_INVITATION, {"team_id": team_id, "id": id_}).one_or_none() is not None


def find(connection: Connection, token_hash: str) -> Offer | None:
    return rows.optional(Offer, connection.execute(FIND_OFFER, {"token_hash": token_hash}).one_or_none())


def lock(connection: Connection, token_hash: str) -> Offer | None:
    """Return the offer, locked against acceptance and renewal until this transaction ends."""
    return rows.optional(Offer, connection.execute(LOCK_OFFER, {"token_hash": token_hash}).one_or_none())


def join(connection: Connection, offer: Offer, user_id: UUID, *, now: datetime) -> None:
    values = {"id": offer.id, "team_id": offer.team_id, "user_id": user_id, "role": offer.role, "now": now}
    connection.execute(JOIN_TEAM, values)


def role_of(connection: Connection, team_id: UUID, user_id: UUID) -> str | None:
    role: str | None = connection.execute(FIND_ROLE, {"team_id": team_id, "user_id": user_id}).scalar()
    return role
