"""Digest and job mails show what their data holds, and fall back where it holds too little."""

import pytest

from owlpost.channels.email.render import render
from tests.support.mail_pages import ISSUE, WEB, Page, digest, job
from tests.support.mails import notification


def test_a_digest_shows_its_issues_as_a_table_and_in_the_text() -> None:
    mail = digest(ISSUE, {**ISSUE, "title": "Hang", "status": "regressed"}, dashboard_url="/dashboard/projects/1")
    page = Page(mail.html)
    assert page.tags.count("tr") >= 3
    for part in (page.text, mail.text):
        for expected in ("Crash", "Hang", "New", "Regressed", "Atlas", "1,284"):
            assert expected in part
        assert "more" not in part
    assert f"{WEB}/dashboard/projects/1" in page.links


def test_a_digest_lists_fifty_issues_and_says_how_many_more() -> None:
    mail = digest(*({**ISSUE, "title": f"Crash #{number}."} for number in range(60)), issue_count=1_234)
    for part in (mail.html, mail.text):
        assert "Crash #49." in part
        assert "Crash #50." not in part
        assert "and 1,184 more" in part


def test_a_digest_counts_what_it_was_given_where_the_producer_did_not_count() -> None:
    assert "and 2 more" in digest(*[ISSUE] * 52).text


@pytest.mark.parametrize("issues", [None, "Crash", [], [None, 7, {}], {"title": "Crash"}])
def test_a_digest_without_usable_issues_is_a_generic_mail(issues: object) -> None:
    data: dict[str, object] = {"issues": issues}
    mail = render(notification("issue.digest", title="3 issues", body="🆕 Crash", data=data), web_url=WEB)
    assert "🆕 Crash" in mail.html
    assert "🆕 Crash" in mail.text


def test_a_job_shows_status_duration_and_error() -> None:
    mail = job(job_type="ratings_sync", status="failed", duration="2m 5s", error="Boom:\n  line 2")
    for part in (Page(mail.html).text, mail.text):
        for expected in ("ratings_sync", "Failed", "2m 5s", "Boom:", "line 2"):
            assert expected in part


def test_a_job_without_a_status_is_a_generic_mail() -> None:
    mail = job(job_type="ratings_sync", status=None, duration=125_000)
    assert "Finished in 2m 5s" in mail.html
    assert "125000" not in mail.html + mail.text
