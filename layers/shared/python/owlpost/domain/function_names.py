"""The environment variables that tell a function the names of the functions that it starts."""

_VARIABLE = "FUNCTION_"


def name_variable(function: str) -> str:
    """Return the variable that holds a function's name in the account: `alert` → `FUNCTION_ALERT`."""
    return _VARIABLE + function.upper().replace("-", "_")


def named_by(variable: str) -> str | None:
    """Return the function whose name the variable holds: the reverse of `name_variable`. None for any other variable."""
    return variable.removeprefix(_VARIABLE).lower() if variable.startswith(_VARIABLE) else None
