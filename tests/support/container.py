"""This process as a function's container: what has been built there."""

import sys


def forget() -> None:
    """Have everything built anew, from the environment as it is now."""
    modules = [module for name, module in [*sys.modules.items()] if name.startswith(("owlpost.wiring.", "owlpost.aws"))]
    for module in modules:
        for thing in vars(module).values():
            if not isinstance(thing, type) and (clear := getattr(thing, "cache_clear", None)):
                clear()
