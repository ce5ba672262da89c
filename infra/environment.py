"""Which environment variables a function has: the same rule for a sandbox on the laptop and a function in the stack."""

from collections.abc import Mapping

from infra.topology.model import PREFIX, Function, Topology, physical_name
from owlpost.domain.function_names import name_variable
from owlpost.domain.queue_names import url_variable

#: For every function, wherever it runs; the service is the dimension of our metrics.
COMMON = ("POWERTOOLS_SERVICE_NAME",)
#: Beginnings of the variables that every function may see, beside those in its own `settings`.
SHARED_SETTINGS = ("LOG_LEVEL", "CHANNELS", "BRAND_")
#: The names of those variables that are set, of all that the function is told of.
GIVEN = "CREDENTIALS_GIVEN"


def function_environment(
    function: Function,
    *,
    shared: Mapping[str, str],
    queue_urls: Mapping[str, str],
    settings: Mapping[str, str],
    prefix: str = PREFIX,
) -> dict[str, str]:
    """All variables that one function gets.

    `shared` goes to every function (the database, the region …), `queue_urls` are by queue name, dead-letter queues
    included. Of `settings` a function gets only what its place in the topology lists, so that no function sees the
    secrets of another; of those in its `told_of` it gets the names of those that are set. What the topology itself decides
    wins over all.
    """
    allowed = (*SHARED_SETTINGS, *function.settings)
    known_to_be_set = ",".join(name for name in function.told_of if settings.get(name))
    return {
        **dict.fromkeys(COMMON, prefix),
        "AWS_LAMBDA_FUNCTION_NAME": physical_name(function.name, prefix),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        **{key: value for key, value in settings.items() if key.startswith(allowed)},
        **({GIVEN: known_to_be_set} if function.told_of else {}),
        **shared,
        **{url_variable(name): url for name, url in queue_urls.items()},
        **{name_variable(name): physical_name(name, prefix) for name in function.starts},
        **function.environment,
    }


def settable(topology: Topology) -> tuple[str, ...]:
    """Return the beginnings of the variables that an installation may set: each reaches the functions that list it."""
    listed = (beginning for function in topology.functions for beginning in function.settings)
    return tuple(dict.fromkeys((*SHARED_SETTINGS, *listed)))
