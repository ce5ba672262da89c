"""When to look for garbage: seldom while a function starts, and as ever once it works.

What imports make is never garbage, and to look for it there after every 700 objects takes a tenth of a cold start. What events
leave is: rarely looked for, the texts of a hundred mails in a few rings of objects made a worker half a megabyte larger with
each batch, up to Lambda's limit.
"""

import gc

WHILE_STARTING = 50_000
#: As Python has it.
ORDINARY = (700, 10, 10)


def starting() -> None:
    """Look seldom from now on."""
    gc.set_threshold(WHILE_STARTING)


def started() -> None:
    """Look as ever, and never again at what is there by now. Does nothing but once after `starting`."""
    if gc.get_threshold()[0] == WHILE_STARTING:
        gc.freeze()
        gc.set_threshold(*ORDINARY)
