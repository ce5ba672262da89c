"""Who is told in which language, and that a repeat of a call says the same."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from owlpost.channels.email.render import MailRenderer
from owlpost.domain.errors import TransientFault
from owlpost.domain.idempotency import Key
from owlpost.domain.outcomes import Retry
from tests.support.people import add_person
from tests.support.services import dispatching
from tests.support.stage import Stage

WEB = "https://owl.example.com"
WORDS = {
    "type": "feedback.new",
    "title": "Hello",
    "body": "World",
    "translations": {"de": {"title": "Hallo"}, "de-AT": {"title": "Servus", "body": "Welt"}},
}


SET_LOCALE = text("""
    update users set preferences = jsonb_strip_nulls(jsonb_build_object('locale', cast(:locale as text))) where id = :id
""")


def people(stage: Stage, *locales: str | None) -> list[UUID]:
    with stage.database.transaction() as connection:
        ids = [add_person(connection).id for _ in locales]
        for id_, locale in zip(ids, locales, strict=True):
            connection.execute(SET_LOCALE, {"id": id_, "locale": locale})
    return ids


def tell(stage: Stage, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str | None]]:
    body = {**WORDS, "recipients": {"user_ids": [str(each) for each in ids]}}
    answer = dispatching(stage.database, stage.queues, stage.clock).enqueue(
        body, platform_key=Key("lambda", str(uuid4()))
    )
    with stage.database.transaction() as connection:
        rows = connection.execute(
            text("select user_id, title, body from notifications where request_id = :id"), {"id": answer.request_id}
        )
        return {row.user_id: (row.title, row.body) for row in rows}


def test_each_person_of_a_request_reads_it_in_their_own_language(stage: Stage) -> None:
    locales = ("de", "de-AT", "de-CH", "fr", None, "en")
    ids = people(stage, *locales)
    told = tell(stage, ids)
    assert [told[each] for each in ids] == [
        ("Hallo", None),
        ("Servus", "Welt"),
        ("Hallo", None),
        ("Hello", "World"),
        ("Hello", "World"),
        ("Hello", "World"),
    ]


@pytest.mark.parametrize("preferences", ["[]", '"de"', '{"locale": 7}', '{"locale": {"de": 1}}', "null"])
def test_preferences_of_a_host_that_make_no_sense_are_english(stage: Stage, preferences: str) -> None:
    [id_] = people(stage, None)
    stage.change(
        "update users set preferences = cast(:preferences as jsonb) where id = :id", id=id_, preferences=preferences
    )
    assert tell(stage, [id_])[id_] == ("Hello", "World")


def test_who_changes_their_language_between_two_attempts_gets_the_same_mail_again(stage: Stage) -> None:
    [id_] = people(stage, "de")
    tell(stage, [id_])
    [delivery_id] = stage.pending("email")
    stage.adapter.script = lambda _: Retry(TransientFault("unknown", ambiguous=True))
    stage.deliver([delivery_id])
    stage.change('update users set preferences = \'{"locale": "en"}\' where id = :id', id=id_)
    stage.clock.advance(minutes=5)
    stage.deliver([delivery_id])
    first, second = (batch.deliveries[0] for batch in stage.adapter.batches)
    assert (first.locale, second.locale) == ("de", "de")
    assert MailRenderer(WEB)(first) == MailRenderer(WEB)(second)
    assert '<html lang="de">' in MailRenderer(WEB)(first).html


def test_a_push_is_rendered_in_the_language_of_the_moment(stage: Stage) -> None:
    [id_] = people(stage, "de")
    tell(stage, [id_])
    [delivery_id] = stage.pending("mobile_push")
    worker = replace(stage.worker("mobile_push"), adapter=stage.adapter)
    stage.adapter.script = lambda _: Retry(TransientFault("away"))
    stage.deliver([delivery_id], by=worker)
    stage.change('update users set preferences = \'{"locale": "en"}\' where id = :id', id=id_)
    stage.clock.advance(minutes=5)
    stage.deliver([delivery_id], by=worker)
    assert [batch.deliveries[0].locale for batch in stage.adapter.batches] == ["de", "en"]
