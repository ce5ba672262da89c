"""Compare the addresses of accounts, in the spelling of the host, with the one spelling of a mailbox.

The host stores an address in any case, and an international domain in Unicode or in its `xn--` form. Owlpost's own tables hold
`domain.addresses.mailbox`.
"""

from owlpost.domain.addresses import unicode_spelling

#: What stands before the keyed hash of an address that was erased: no address has this form.
ERASED = "erased:"


def is_mailbox(column: str) -> str:
    """Return the condition that a host's column holds the mailbox of `parameters`. The index on `lower(email)` serves it."""
    return f"lower({column}) in (cast(:address as text), cast(:unicode_address as text))"


def parameters(address: str | None) -> dict[str, str | None]:
    """Return the values of `is_mailbox` for an address in its one spelling."""
    return {"address": address, "unicode_address": unicode_spelling(address) if address else None}


def is_suppressed(column: str) -> str:
    """Return the condition that a host's column holds an address that gets no mail."""
    return f"exists (select from email_suppressions s where {suppresses(column)})"


def suppresses(column: str) -> str:
    """Return the condition that the suppression `s` is about the mailbox that a host's column holds.

    Of a mailbox whose person was erased, a suppression holds the keyed hash of each spelling. Each sub-select is read once.
    """
    spellings = f"array[(select lower({column})), (select {erased(f'lower({column})')})]"
    return f"(s.address = any({spellings}) or s.unicode_address = any({spellings}))"


def erased(spelling: str) -> str:
    """Return the expression for what stands for an address whose person was erased."""
    return f"'{ERASED}' || owlpost_keyed_hash({spelling})"
