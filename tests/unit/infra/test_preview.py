"""The preview shows everything that is sent, in every state, and lets nothing that strangers wrote come alive."""

import re
from base64 import b64encode
from pathlib import Path

import pytest

from functions.dashboard.mark import mark_of
from infra.cli.main import main
from infra.local.laptop.providers import mail_sender
from infra.local.preview.page import page
from infra.local.preview.specimens import DIRECT, WEB, Specimen, specimens
from infra.local.preview.states import STATES
from owlpost.channels.email.direct import templates
from owlpost.domain.brand import OWL, OWL_PICTURE, Brand
from owlpost.domain.gathered import SEVERAL
from owlpost.domain.types import configurable_types
from tests.support.mail_pages import Page

EVERYTHING = list(specimens())


def drawn(mark: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(mark.encode()).decode()}"


def shown(kind: str, state: str) -> Specimen:
    return next(each for each in EVERYTHING if (each.kind, each.state.key) == (kind, state))


def test_every_type_is_shown_in_every_state_and_every_direct_mail_once_at_least() -> None:
    for kind in (*(each.key for each in configurable_types()), SEVERAL):
        assert [each.state for each in EVERYTHING if each.kind == kind] == list(STATES)
    assert {each.kind for each in EVERYTHING if each.notification is None} == set(DIRECT) == set(templates())


def test_the_page_shows_each_specimen_once_over_each_channel() -> None:
    text = Page(page())
    assert text.tags.count("iframe") == len(EVERYTHING)
    told = sum(each.notification is not None for each in EVERYTHING)
    lines = [line.strip() for line in text.text.splitlines()]
    as_one = sum(each.kind == SEVERAL for each in EVERYTHING)
    assert [lines.count(heading) for heading in ("Inbox", "Push")] == [told - as_one, told]
    assert lines.count("Mail, text") == len(EVERYTHING)


def test_the_page_loads_nothing_and_runs_only_its_own_script() -> None:
    html = page()
    found = Page(html)
    assert found.tags.count("script") == 1
    assert not {"marquee", "textarea", "plaintext"} & set(found.tags)
    assert WEB + OWL_PICTURE not in html
    assert all(link.startswith(("#", "data:")) for link in found.links + found.pictures)
    assert html.count('sandbox="allow-same-origin"') == found.tags.count("iframe")


def test_what_is_optional_and_missing_leaves_no_trace() -> None:
    for specimen in EVERYTHING:
        if specimen.state.key in {"sparse", "bare"}:
            for part in (specimen.mail.html, specimen.mail.text, *map(str, (specimen.push or {}).values())):
                assert "None" not in part


def test_a_digest_of_more_issues_than_a_mail_holds_says_how_many_more() -> None:
    assert "and 10 more" in shown("issue.digest", "long").mail.text


def test_the_page_and_its_mails_are_the_hosts_and_have_no_owl_in_place_of_its_logo() -> None:
    falcon = Brand("Falcon & Co", "#0b5e2a")
    html = page(falcon)
    found = Page(html)
    assert "<title>Falcon &amp; Co preview</title>" in html
    assert not {drawn(mark_of(OWL)), drawn(mark_of(Brand("Eagle")))} & set(found.links + found.pictures)
    assert drawn(mark_of(falcon)) in found.links
    assert drawn(mark_of(falcon)) in found.pictures
    for each in specimens(falcon):
        assert not re.search("owl.png|Owlmetry", each.mail.html + each.mail.text), each.name
        assert ">F</span>" in each.mail.html
        assert "Falcon &amp; Co" in each.mail.html
    assert all(WEB + OWL_PICTURE in each.mail.html for each in EVERYTHING)


def test_the_command_refuses_a_brand_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BRAND_COLOUR", "red")
    assert main(["preview", "--out", str(tmp_path / "preview.html")]) != 0
    assert "BRAND_COLOUR: must be a colour such as #3547c8" in capsys.readouterr().err


def test_a_laptops_mails_are_from_the_product_that_people_know() -> None:
    assert mail_sender("Falcon, Co") == '"Falcon, Co" <owlpost@owlpost.example>'
    assert mail_sender(OWL.name) == "Owlmetry <owlpost@owlpost.example>"


def test_the_command_writes_the_page_and_says_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "below" / "preview.html"
    assert main(["preview", "--out", str(file)]) == 0
    assert capsys.readouterr().out.strip() == str(file)
    assert file.read_text(encoding="utf-8") == page()
