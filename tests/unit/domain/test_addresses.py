import pytest
from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.addresses import name_of, normal_address, slug_of
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
    ("typed", "mailbox"),
    [
        ("ada\u200b@people.example", "ada@people.example"),
        ("\ufeffada@people.example\u00a0", "ada@people.example"),
        ("\u202aada@people.example\u202c", "ada@people.example"),
        ("\uff21\uff24\uff21\uff20people\uff0eexample", "ada@people.example"),
        ("ada@people\u3002example", "ada@people.example"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("Ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@B\u00dcCHER.example", "ada@xn--bcher-kva.example"),
    ],
)
def test_one_mailbox_has_one_spelling(typed: str, mailbox: str) -> None:
    assert normal_address(typed) == mailbox


@pytest.mark.parametrize(
    "typed",
    [
        "\u00e4da@people.example",
        "ada@stra\u00dfe.example",
        "ada@\u212aelvin.example",
        "ada@" + "\u00fc" * 300,
        "@b\u00fc.x",
    ],
)
def test_what_could_be_another_mailbox_is_refused(typed: str) -> None:
    with pytest.raises(InvalidRequest):
        normal_address(typed)
