"""Queues that send nothing."""

from collections.abc import Sequence

from owlpost.queue import Queues
from owlpost.queue_messages import Message


class Unsent(Queues):
    """`messages` are the last ones of each queue. Earlier ones are dropped, because a fan-out sends millions."""

    def __init__(self) -> None:
        self.messages: dict[str, Sequence[Message]] = {}

    def send(self, name: str, messages: Sequence[Message]) -> int:
        self.messages[name] = messages
        return 0
