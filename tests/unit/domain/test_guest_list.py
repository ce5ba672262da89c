"""The guest list of a staging installation, as an operator writes it."""

import pytest

from owlpost.domain.errors import Misconfigured
from owlpost.domain.guest_list import GuestList
from owlpost.settings import Settings

TOKEN = "b4c1" * 16


@pytest.mark.parametrize(
    "address",
    ["ada@example.com", "Ada@Example.COM", "anybody@example.org", "ada@bücher.example", "ada@xn--bcher-kva.example"],
)
def test_a_listed_address_or_domain_is_admitted_in_any_spelling(address: str) -> None:
    assert GuestList.parse("ADA@example.com, @Example.org,ada@bücher.example").admits(address)


@pytest.mark.parametrize(
    "address",
    ["bob@example.com", "ada@example.com.evil", "ada@sub.example.org", "example.org", "ada@notexample.org", ""],
)
def test_nobody_else_is(address: str) -> None:
    assert not GuestList.parse(f"ada@example.com,@example.org,{TOKEN}").admits(address)


def test_what_the_database_compares_with_holds_each_spelling_and_each_token() -> None:
    spelled = GuestList.parse(f"ada@bücher.example,@bücher.example,{TOKEN}").spelled.split(",")
    assert {"ada@bücher.example", "ada@xn--bcher-kva.example", "@bücher.example", TOKEN} <= set(spelled)


@pytest.mark.parametrize("entry", ["ada", "@", "@example", "ada@", "ada@@example.com", "two words@example.com"])
def test_an_entry_that_is_nothing_of_it_is_refused_by_its_variable(entry: str) -> None:
    with pytest.raises(Misconfigured, match=r"GUEST_LIST: .*"):
        _ = Settings({"GUEST_LIST": f"ada@example.com,{entry}"}).guests


def test_without_a_list_everybody_is_reached() -> None:
    assert Settings({}).guests.list is None
