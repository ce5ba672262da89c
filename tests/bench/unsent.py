"""Queues that send nothing."""

from collections import defaultdict
from collections.abc import Sequence

from owlpost.queue import Message, Queues


class Unsent(Queues):
    """`messages` by queue are what would have been sent."""

    def __init__(self) -> None:
        self.messages: defaultdict[str, list[Message]] = defaultdict(list)

    def send(self, name: str, messages: Sequence[Message]) -> int:
        self.messages[name].extend(messages)
        return 0
