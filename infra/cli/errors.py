"""What a command ends with when it cannot do its work: one sentence for the person, and an exit code."""

OK, NOT_FOUND, NOT_UNDERSTOOD, FAILED = 0, 1, 2, 3
#: As a shell reports a process that Ctrl-C ended.
INTERRUPTED = 130


class CommandFailed(Exception):
    """The message says what is wrong and what to do about it."""

    code = FAILED


class BadInput(CommandFailed):
    """What was typed cannot be taken."""

    code = NOT_UNDERSTOOD


class Missing(CommandFailed):
    """What was asked for does not exist."""

    code = NOT_FOUND


class Unreachable(CommandFailed):
    """There is no Owlpost to ask, or it did not answer."""
