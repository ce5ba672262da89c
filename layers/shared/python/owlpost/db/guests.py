"""The guest list in SQL: conditions on the parameter `:guests`, which is null where everybody may be reached.

`domain.guest_list` says the same in Python; its `spelled` is the parameter.
"""

_LIST = "string_to_array(cast(:guests as text), ',')"


def is_guest(email: str) -> str:
    """Return the condition that the person with this address may be reached: by mail, and on their devices."""
    return (
        f"(cast(:guests as text) is null or lower({email}) = any({_LIST})"
        f" or '@' || split_part(lower({email}), '@', 2) = any({_LIST}))"
    )


def is_guest_device(email: str, token: str) -> str:
    """Return the condition that a device may be reached: its person is a guest, or its token is listed."""
    return f"({is_guest(email)} or {token} = any({_LIST}))"
