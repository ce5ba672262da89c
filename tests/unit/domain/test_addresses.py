import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.addresses import deliverable, mailbox, name_of, normal_address, slug_of, unicode_spelling
from owlpost.domain.errors import InvalidRequest


@pytest.mark.parametrize(
    "address", ["ada@people.example", "a.b+c_d@sub.people.example", "o'neil@people.example", "x@xn--bcher-kva.example"]
)
def test_an_address_is_taken_in_lower_case(address: str) -> None:
    assert normal_address(f" {address.upper()} ") == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@people.example",
        "ada@",
        "ada@people",
        "ada@.example",
        "ada@people..example",
        ".ada@people.example",
        "ada.@people.example",
        "a da@people.example",
        "ada@people.example, b@people.example",
        "<ada@people.example>",
        "ada@-people.example",
        f"{'a' * 65}@people.example",
        f"a@{'b' * 250}.example",
        "ada@people.example\n.evil",
        "adä@people.example",
        "\u212a@people.example",
        "ada@[127.0.0.1]",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(InvalidRequest, match="email"):
        normal_address(address)


@given(st.emails())
def test_what_is_normal_stays_as_it_is_and_has_a_name_and_a_slug(address: str) -> None:
    try:
        normal = normal_address(address)
    except InvalidRequest:
        return
    assert normal_address(normal) == normal
    name = name_of(normal)
    assert 1 <= len(name) <= 64
    assert slug_of(f"{name}'s Team").endswith("s-team")


def test_a_name_is_made_of_the_local_part() -> None:
    assert name_of("ada.lovelace@people.example") == "Ada Lovelace"
    assert name_of("grace@people.example") == "Grace"
    assert slug_of("Ada Lovelace's Team") == "ada-lovelaces-team"
    assert slug_of("!!!") == "team"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ada\u200b@people.example", "ada@people.example"),
        ("\ufeffada@people.example\u00a0", "ada@people.example"),
        ("\u202aada@people.example\u202c", "ada@people.example"),
        ("\uff21\uff24\uff21\uff20people\uff0eexample", "ada@people.example"),
        ("ada@people\u3002example", "ada@people.example"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("Ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@B\u00dcCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@xn--bcher-kva.example"),
        ("ada@stra\u00dfe.example", "ada@xn--strae-oqa.example"),
    ],
)
def test_one_mailbox_has_one_spelling(typed: str, expected: str) -> None:
    assert normal_address(typed) == expected
    assert mailbox(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "\u00e4da@people.example",
        "ada@\u2764.example",
        "ada@\u212aelvin.example",
        "ada@" + "\u00fc" * 300,
        "@b\u00fc.x",
    ],
)
def test_what_could_be_another_mailbox_is_refused(typed: str) -> None:
    with pytest.raises(InvalidRequest):
        normal_address(typed)


@given(st.text(alphabet="abcäöüßéñ日本", min_size=1, max_size=20))
def test_the_unicode_spelling_of_a_mailbox_leads_back_to_it(label: str) -> None:
    address = normal_address(f"ada@{label}.example")
    spelling = unicode_spelling(address)
    assert mailbox(spelling or address) == address
    assert deliverable(spelling or address) == address


@pytest.mark.parametrize("address", ["Ada@People.example", "ada@XN--BCHER-KVA.example", "nobody"])
def test_ascii_goes_to_the_provider_as_the_host_stores_it(address: str) -> None:
    assert deliverable(address) == address


@pytest.mark.parametrize(
    "address", ["\u00e4da@people.example", "ada\u200b@people.example", "ada@b\u200bcher.example", "ada\u00a0", "\u00fc"]
)
def test_what_has_no_ascii_form_goes_to_no_provider(address: str) -> None:
    assert deliverable(address) is None


@pytest.mark.parametrize("text", ["", "nobody", '"Ada L"@people.example', "\u00e4DA@people.example", "a" * 300])
def test_text_that_is_no_address_is_only_put_into_lower_case(text: str) -> None:
    assert mailbox(f" {text}\n") == text.lower()
    assert unicode_spelling(text) is None


def test_a_malformed_international_domain_has_no_other_spelling() -> None:
    assert unicode_spelling("ada@xn--.example") is None
