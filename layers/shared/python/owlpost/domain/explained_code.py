"""A short code that carries its own explanation: what it means, and what an operator can do about it."""

from enum import StrEnum
from typing import Self


class ExplainedCode(StrEnum):
    """The base of enums whose members are codes. Each member is declared as `code, meaning, remedy`."""

    _value_: str
    meaning: str
    remedy: str

    def __new__(cls, code: str, meaning: str, remedy: str) -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.remedy = remedy
        return member


#: Remedies that many codes share.
WAIT = "Nothing: it is tried again by itself."
WAIT_ITS_TIME = "Nothing: it goes out by itself once its time comes."
REDRIVE = "Once the cause is mended: owlpost redrive."
NOTHING = "Nothing: it rightly was not sent."
DEFECT = "It is a defect of Owlpost: report it with the worker's log."
CONNECT_ONE = "Have the person connect one: /dashboard/profile/destinations."
DEVICE_REMOVED = "Nothing: the device was removed."
