"""What a mail tester looks at, for each mail of each type in each state."""

import re
from html import unescape

import pytest

from infra.local.preview.specimens import WEB, Specimen, specimens
from owlpost.channels.email.render import SETTINGS_PATH
from tests.support.mail_markup import Markup

EVERYTHING = list(specimens())
DISPATCHED = [each for each in EVERYTHING if each.notification]
DIRECT = [each for each in EVERYTHING if not each.notification]
#: What Gmail shows before it cuts the rest off.
LARGEST = 100_000
#: A mail program may fold a header line of any length, but RFC 5322 ends one at 998.
LONGEST_SUBJECT = 200
#: Words of the page's own furniture, which a text has no need of: the brand, the words before the bare link, a table's heads.
FURNITURE = {"Owlmetry", "Or", "open", "this", "address", "Issue", "Events", "Users", "·"}

every_mail = pytest.mark.parametrize("specimen", EVERYTHING, ids=lambda specimen: specimen.name)
every_direct = pytest.mark.parametrize("specimen", DIRECT, ids=lambda specimen: specimen.name)
every_dispatched = pytest.mark.parametrize("specimen", DISPATCHED, ids=lambda specimen: specimen.name)


def normalised(words: str) -> set[str]:
    """The words without the marks that stand around them, in which a page and a text differ."""
    return {word.strip(":-–.,“”") for word in words.split()} - {""}


def label(html: str) -> str:
    """The line above the heading: the subject says it in other words."""
    found = re.search(r'class="eyebrow"[^>]*>([^<]+)<', html)
    assert found is not None
    return unescape(found[1])


@every_mail
def test_page_and_text_say_the_same(specimen: Specimen) -> None:
    page = normalised(" ".join(Markup(specimen.mail.html).words))
    text = normalised(specimen.mail.text)
    assert page - text <= FURNITURE | normalised(label(specimen.mail.html))
    assert text - page == set()


@every_mail
def test_the_html_is_nested_as_it_must_be(specimen: Specimen) -> None:
    markup = Markup(specimen.mail.html)
    assert markup.faults == []
    assert specimen.mail.html.startswith("<!DOCTYPE html>")
    assert [markup.tags.count(tag) for tag in ("html", "head", "title", "body", "h1")] == [1] * 5


@every_mail
def test_the_owl_alone_is_loaded_and_every_link_leads_to_us(specimen: Specimen) -> None:
    """A picture that is the same in all mails tells nobody who has opened one."""
    markup = Markup(specimen.mail.html)
    assert markup.loaded == [f"{WEB}/assets/owl.png"]
    assert markup.tags.count("img") == 1
    assert not {"script", "iframe", "form", "link", "object", "svg", "video"} & set(markup.tags)
    assert not re.search(r"@import|url\(", specimen.mail.html)
    assert all(link.startswith(f"{WEB}/") for link in markup.links)


@every_mail
def test_subject_and_preheader_are_short_lines_and_not_blank(specimen: Specimen) -> None:
    for line, longest in ((specimen.mail.subject, LONGEST_SUBJECT), (specimen.mail.preheader, 120)):
        assert 0 < len(line.strip()) <= longest
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line)


@every_mail
def test_the_preheader_is_the_first_thing_in_the_page_and_hidden(specimen: Specimen) -> None:
    body = specimen.mail.html.partition("<body")[2].partition(">")[2].lstrip()
    hidden = re.match(r'<div style="display:none[^"]*">(.*?)&#847;', body, re.DOTALL)
    assert hidden is not None
    assert hidden[1].strip()


@every_mail
def test_headers_are_single_lines_of_ascii(specimen: Specimen) -> None:
    for name, value in specimen.mail.headers.items():
        assert re.fullmatch(r"[A-Za-z-]+", name)
        assert re.fullmatch(r"[\x21-\x7e]+", value)


@every_mail
def test_gmail_cuts_nothing_off(specimen: Specimen) -> None:
    assert len(specimen.mail.html.encode()) <= LARGEST
    assert len(specimen.mail.text.encode()) <= LARGEST


@every_mail
def test_a_button_has_its_address_written_out_beside_it(specimen: Specimen) -> None:
    markup = Markup(specimen.mail.html)
    if 'class="button"' not in specimen.mail.html:
        assert not any(part and part.link for part in [specimen.notification])
        return
    led = re.search(r'class="button"[^>]*><a href="([^"]+)"', specimen.mail.html)
    assert led is not None
    button = unescape(led[1])
    assert markup.links[markup.links.index(button) + 1] == button, "the bare link"
    assert markup.words.count(button) >= 3, "as the button's, as the bare link's, and written out"
    assert f"\n{button}\n" in specimen.mail.text


@every_dispatched
def test_what_can_be_switched_off_can_be_with_one_click(specimen: Specimen) -> None:
    headers = specimen.mail.headers
    address = headers["List-Unsubscribe"].strip("<>")
    assert headers["List-Unsubscribe"] == f"<{address}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for place in (address, WEB + SETTINGS_PATH):
        assert place in Markup(specimen.mail.html).links
        assert place in specimen.mail.text.split()


@every_direct
def test_what_cannot_be_switched_off_does_not_offer_it(specimen: Specimen) -> None:
    assert not [name for name in specimen.mail.headers if name.startswith("List-")]
    assert "unsubscribe" not in (specimen.mail.html + specimen.mail.text).lower()
    assert SETTINGS_PATH not in specimen.mail.html + specimen.mail.text


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<p><b>x</p></b>", "</p> closes <b>"),
        ("<div><td>x</td></div>", "<td> stands in <div>"),
        ('<i id="a" id="b">x</i>', "<i> has an attribute twice"),
        ("<b>x", "<b> is never closed"),
    ],
)
def test_the_reader_of_markup_sees_faults(html: str, fault: str) -> None:
    assert fault in Markup(html).faults
