"""What people read: right in subject, HTML and text, whatever a producer or a stranger wrote."""

import re
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.channels.email.render import MailRenderer, render
from owlpost.domain.types import NOTIFICATION_TYPES
from owlpost.domain.unsubscribe import Unsubscribe, verify
from tests.support.mail_pages import ISSUE, WEB, Page, digest, job
from tests.support.mails import delivery, notification

LARGEST = 100_000
#: Every character that HTML writes as five.
WORST = "&\"'"
SECRET = "a secret of some length"


@pytest.mark.parametrize("type_", NOTIFICATION_TYPES)
def test_every_type_has_a_mail_with_all_parts(type_: str) -> None:
    mail = render(notification(type_, title="Title", body="Body"), web_url=WEB)
    for part in (mail.html, mail.text):
        assert "Title" in part
        assert "Body" in part
        assert f"{WEB}/dashboard/feedback/1" in part
        assert f"{WEB}/dashboard/profile/notifications" in part
    assert mail.preheader == "Body"


def test_an_ampersand_stays_one_in_the_subject_and_is_escaped_once_in_html() -> None:
    mail = render(notification(title="R&D <3"), web_url=WEB)
    assert mail.subject == "R&D <3"
    assert "R&amp;D &lt;3" in mail.html
    assert "amp;amp" not in mail.html
    assert "R&D <3" in mail.text


@pytest.mark.parametrize("sly", ["a\r\nBcc: all@x.example", "a\nb", "a\0b", "a\x85b", "a\u2028b", "a\x1b[31mb"])
def test_a_subject_is_one_line_without_control_characters(sly: str) -> None:
    subject = render(notification(title=sly), web_url=WEB).subject
    assert subject.isprintable()
    assert subject.startswith("a ")


def test_a_blank_title_falls_back_to_the_types_label() -> None:
    assert render(notification(title=" \n "), web_url=WEB).subject == "New feedback"


def test_a_long_subject_is_not_cut_inside_an_emoji() -> None:
    family = "👩‍👩‍👧"
    subject = render(notification(title="x" * 197 + family * 3), web_url=WEB).subject
    assert subject == "x" * 197 + "…"


def test_markup_of_strangers_is_shown_and_never_live() -> None:
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><a href='javascript:alert(1)'>x</a>{{ 7*7 }}"
    rendered = [
        render(notification(title=attack, body=attack, link="/x"), web_url=WEB),
        digest({**ISSUE, "title": attack, "status": attack, "app_name": attack}, dashboard_url="javascript:alert(1)"),
        job(job_type=attack, status=attack, duration=attack, error=attack),
    ]
    for mail in rendered:
        page = Page(mail.html)
        assert not {"script", "iframe", "link"} & set(page.tags)
        assert page.tags.count("img") == 1, "the owl"
        assert all(link.startswith(WEB) for link in page.links)
        assert "<script>alert(1)" in page.text
        assert "49" not in page.text


def test_line_breaks_of_the_body_survive_and_empty_lines_do_not_pile_up() -> None:
    mail = render(notification(body="one\r\ntwo\n\n\n\n\nthree"), web_url=WEB)
    assert re.search(r"one<br>\s*two<br>\s*<br>\s*three", mail.html)
    assert "one\ntwo\n\nthree" in mail.text


@pytest.mark.parametrize("body", [None, "", " \n"])
def test_a_mail_without_a_body_is_whole(body: str | None) -> None:
    mail = render(notification(body=body), web_url=WEB)
    assert "None" not in mail.html + mail.text
    assert mail.preheader == "New feedback"


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("/dashboard/issues?a=1&b=2", f"{WEB}/dashboard/issues?a=1&b=2"),
        ("https://docs.example.com/x", "https://docs.example.com/x"),
        (f"{WEB}/dashboard", f"{WEB}/dashboard"),
    ],
)
def test_a_link_is_absolute_in_both_parts(link: str, target: str) -> None:
    mail = render(notification(link=link), web_url=WEB)
    assert Page(mail.html).links.count(target) == 2, "as a button, and written out"
    assert f"\n{target}\n" in mail.text


@pytest.mark.parametrize(
    "link",
    [
        None,
        "",
        "//evil.example",
        "javascript:alert(1)",
        "http://evil.example",
        "/a\\b",
        "https://",
        "https://[x",
        "/a b",
    ],
)
def test_a_link_that_leads_astray_is_left_out(link: str | None) -> None:
    mail = render(notification(link=link), web_url=WEB)
    assert Page(mail.html).links == [f"{WEB}/dashboard/profile/notifications"]
    assert Page(mail.html).pictures == [f"{WEB}/assets/owl.png"]
    assert "Open in Owlmetry" not in mail.html + mail.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ISSUE, "x"]), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(["issues", "issue_count", "dashboard_url", "job_type", "status", "duration", "error"])


@given(
    type_=st.sampled_from([*NOTIFICATION_TYPES, "unheard.of"]),
    title=st.text(),
    body=st.none() | st.text(),
    link=st.none() | st.text() | st.text().map("https://{}".format),
    data=st.dictionaries(FIELDS, JSON),
)
def test_no_content_keeps_a_mail_from_being_written(
    type_: str, title: str, body: str | None, link: str | None, data: dict[str, object]
) -> None:
    mail = render(notification(type_, title=title, body=body, link=link, data=data), web_url=WEB)
    assert mail.subject.strip()
    assert mail.subject.isprintable() or not title.isprintable()
    assert len((mail.html + mail.text).encode()) < LARGEST


@pytest.mark.parametrize("worst", [WORST, "👩‍👩‍👧", "\u202eשלום", "界", "a\n\n", "x"])
def test_no_mail_is_cut_off_for_its_size(worst: str) -> None:
    long = (worst * 20_000)[:20_000]
    link = "/" + "&" * 1_999
    issue = {"title": long, "status": long, "app_name": long, "occurrence_count": 10**11, "unique_user_count": 10**11}
    data: dict[str, object] = {"issues": [issue] * 80, "issue_count": 10**11, "job_type": long, "status": long}
    data |= {"error": long, "duration": long, "dashboard_url": link}
    for type_ in ("feedback.new", "issue.digest", "job.completed"):
        written = render(
            notification(type_, title=long, body=long, link=link, data=data),
            web_url=WEB,
            delivery_id=uuid4(),
            unsubscribe_url=f"{WEB}/v1/unsubscribe?token={'x' * 200}",
        )
        assert len(written.html.encode()) < LARGEST
        assert len(written.text.encode()) < LARGEST


def test_emoji_and_right_to_left_text_arrive_as_they_are() -> None:
    mail = render(notification(title="🦉 مرحبا", body="שלום 👩‍👩‍👧"), web_url=WEB)
    assert mail.subject == "🦉 مرحبا"
    assert "שלום 👩‍👩‍👧" in mail.html
    assert 'dir="auto"' in mail.html


def test_no_mail_loads_anything_from_elsewhere_and_all_know_the_dark() -> None:
    for mail in (digest(ISSUE), job(status="failed", error="x"), render(notification(), web_url=WEB)):
        assert not re.search(r"url\(|@import|<link", mail.html)
        assert Page(mail.html).pictures == [f"{WEB}/assets/owl.png"]
        assert "prefers-color-scheme: dark" in mail.html
        assert '<meta name="color-scheme" content="light dark">' in mail.html


def test_a_delivery_can_be_found_by_its_mail_and_ended_with_one_click() -> None:
    one = delivery()
    mail = MailRenderer(WEB, SECRET)(one)
    address = re.fullmatch(rf"<({WEB}/v1/unsubscribe\?token=(\S+))>", mail.headers["List-Unsubscribe"])
    assert address is not None
    assert one.user_id
    assert verify(address[2], [SECRET]) == Unsubscribe(one.user_id, ("feedback.new",), "email", one.id)
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["X-Owlpost-Delivery"] == str(one.id)
    assert address[1] in Page(mail.html).links
    assert address[1] in mail.text


def test_without_a_signing_key_mails_lead_to_the_settings_only() -> None:
    mail = MailRenderer(WEB)(delivery())
    assert set(mail.headers) == {"X-Owlpost-Delivery"}
    assert "unsubscribe" not in (mail.html + mail.text).lower()
