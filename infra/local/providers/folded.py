"""What the mailbox lists: of all that was accepted, what is asked for, and what is alike as one.

Two thousand people who are told the same are one line of it. Alike are messages of a channel with the same heading, whose words
begin alike: links in them are each person's own.
"""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from infra.local.providers.ledger import Ledger

#: Characters of the words by which messages are alike, and which a line shows.
BEGINNING = 200
_WORDS = f"substr(coalesce(text, ''), 1, {BEGINNING})"
FOLDED = f"""
with found as (
  select * from accepted
  where (:channel is null or channel = :channel) and (:to is null or recipient = :to)
    and (:q = '' or has_words(:q, recipient, subject, title, text, payload, headers))
),
folded as (
  select max(id) as id, count(*) as times, count(distinct recipient) as people from found
  group by channel, coalesce(subject, title, ''), {_WORDS}
)
select a.id, a.at, a.channel, a.recipient as "to", coalesce(a.subject, a.title) as title, {_WORDS} as text,
       json_extract(a.payload, '$.aps.badge') as badge, f.times, f.people
from folded f join accepted a on a.id = f.id
where :before is null or f.id < :before
order by f.id desc limit :limit"""  # noqa: S608 (names and numbers of our own)
ALIKE = f"""
select a.id, a.at, a.recipient as "to" from accepted a join accepted one on one.id = :id
where a.channel = one.channel and coalesce(a.subject, a.title, '') = coalesce(one.subject, one.title, '')
  and substr(coalesce(a.text, ''), 1, {BEGINNING}) = substr(coalesce(one.text, ''), 1, {BEGINNING})
  and (:q = '' or has_words(:q, a.recipient))
order by a.id desc limit :limit"""  # noqa: S608 (a number of our own)


class Asked(BaseModel):
    """The query of a list: of one channel, to one recipient, with all words of `q`; `before` is the last page's."""

    model_config = ConfigDict(extra="forbid")

    channel: str | None = None
    to: str | None = None
    q: str = ""
    before: int | None = None
    limit: int = Field(100, ge=1, le=500)


class AskedAlike(BaseModel):
    """The query of those who were told alike: the same as message `id`, whose recipient has the words of `q`."""

    model_config = ConfigDict(extra="forbid")

    id: int
    q: str = ""
    limit: int = Field(200, ge=1, le=2_000)


def folded(ledger: "Ledger", asked: Asked) -> dict[str, Any]:
    """Return a page, the newest first: `messages`, and `before`, which leads to the next page, or None."""
    rows = ledger.rows(FOLDED, **asked.model_dump() | {"limit": asked.limit + 1})
    shown = rows[: asked.limit]
    return {"messages": shown, "before": shown[-1]["id"] if len(rows) > len(shown) else None}


def alike(ledger: "Ledger", asked: AskedAlike) -> list[dict[str, Any]]:
    """Return who was told alike, the newest first: `id`, `at` and `to`."""
    return ledger.rows(ALIKE, **asked.model_dump())
