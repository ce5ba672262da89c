from hypothesis import given
from hypothesis import strategies as st

from owlpost.domain.queue_names import dead_letter, is_dead_letter, named_by, queue_names, url_variable

#: What a channel may be called: its queue has its name.
NAMES = st.from_regex(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", fullmatch=True).filter(lambda name: not name.endswith("_dlq"))


@given(NAMES)
def test_a_queue_and_its_dead_letter_queue_are_found_by_their_variables(name: str) -> None:
    assert named_by(url_variable(name)) == name
    assert named_by(url_variable(dead_letter(name))) == dead_letter(name)


@given(NAMES)
def test_a_dead_letter_queue_has_none_of_its_own(name: str) -> None:
    assert dead_letter(dead_letter(name)) == dead_letter(name) != name
    assert is_dead_letter(dead_letter(name))
    assert not is_dead_letter(name)


def test_no_other_variable_names_a_queue() -> None:
    assert named_by("DATABASE_HOST") is None


def test_no_two_queues_share_a_name() -> None:
    names = [*queue_names(), *map(dead_letter, queue_names())]
    assert len(set(map(url_variable, names))) == len(names)
