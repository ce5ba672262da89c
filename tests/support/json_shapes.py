"""JSON texts of up to 64 KiB whose sizes multiply with each other: long keys over long arrays, many small things, deep ones."""

from dataclasses import dataclass

from hypothesis import strategies as st

LARGEST = 64 * 1024
SOMEONE = '"0190a1b2-0000-7000-8000-000000000001"'
TIMES = st.sampled_from([1, 2, 7, 64, 255, 1_000, 10_000, LARGEST])
LEAVES = (
    *("0", "1e300", "1.0", "-1e15", "9" * 300, "true", "null"),
    *('""', '"x"', '"é"', r'"\u0000"', r'"\ud800"', SOMEONE, '"' + "a" * 60_000 + '"', '"' + "é" * 30_000 + '"'),
    *("[]", "{}", "[[[[0]]]]", '{"a":{"b":0}}'),
)
#: Where producers and people can put a value of their own choice.
PLACES = (
    '{"type":"feedback.new","recipients":{"user_ids":[]},"title":"t","data":%s}',
    '{"type":"feedback.new","recipients":{"user_ids":[]},"title":"t","data":{"a":%s}}',
    '{"type":"feedback.new","recipients":{"user_ids":%s},"title":"t"}',
    '{"type":"feedback.new","recipients":{"team_id":' + SOMEONE + ',"roles":%s},"title":"t"}',
    '{"type":"feedback.new","recipients":{"team_id":' + SOMEONE + ',"exclude_user_ids":%s},"title":"t"}',
    '{"type":"feedback.new","recipients":%s,"title":"t"}',
    '{"type":"feedback.new","recipients":{"user_ids":[]},"title":%s}',
    '{"type":"feedback.new","recipients":{"user_ids":[]},"title":"t","link":%s}',
    '{"type":%s,"recipients":{"user_ids":[]},"title":"t"}',
    '{"continue_request":' + SOMEONE + ',"chunk":%s}',
    '{"more":%s}',
    "%s",
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One step outward: `times` copies of what is inside, in an array, or under keys of this length."""

    times: int
    key_length: int | None

    def around(self, inner: str, room: int) -> str:
        """As many copies as there is room for; what is inside alone where there is no room for one."""
        key_length = None if self.key_length is None else min(self.key_length, max(6, room - len(inner.encode()) - 5))
        size = len(inner.encode()) + (1 if key_length is None else key_length + 4)
        times = min(self.times, (room - 2) // size)
        if times < 1:
            return inner
        if key_length is None:
            return "[" + ",".join([inner] * times) + "]"
        return "{" + ",".join(f'"{number:0{key_length}d}":{inner}' for number in range(times)) + "}"


layers = st.builds(Layer, TIMES, st.none() | st.sampled_from([6, 60, 250, 1_000, 30_000, LARGEST]))


def _text(place: str, leaf: str, steps: list[Layer]) -> str:
    room = LARGEST - len(place) + 2
    inner = leaf
    for step in steps:
        inner = step.around(inner, room)
    return place.replace("%s", inner)


#: A body of at most 64 KiB.
texts = st.builds(_text, st.sampled_from(PLACES), st.sampled_from(LEAVES), st.lists(layers, max_size=6)) | st.builds(
    lambda place, depth, opening, closing: place.replace("%s", opening * depth + "0" + closing * depth),
    st.sampled_from(PLACES),
    st.sampled_from([10, 63, 64, 65, 900, 5_000]),
    *(st.just(each) for each in ('{"a":', "}")),
)
