"""What is built from the settings, kept while warm and built anew once a secret has changed."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from owlpost.secret_store import SecretStore
from owlpost.settings import Settings

if TYPE_CHECKING:
    from functools import _CacheInfo

Arguments = ParamSpec("Arguments")
Built = TypeVar("Built")


@cache
def secret_store() -> SecretStore | None:
    """None where the environment names no secrets, as on the laptop, whose secrets are environment variables."""
    names = Settings.from_environment().secret_names
    return SecretStore.connect(names) if names else None


class Kept(Generic[Arguments, Built]):
    """`functools.cache` for one generation of the secrets."""

    def __init__(self, build: Callable[Arguments, Built]) -> None:
        self._build = cache(build)
        self._generation = 0

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Built:
        store = secret_store()
        generation = store.generation if store else 0
        if generation != self._generation:
            self._build.cache_clear()
            self._generation = generation
        # The stubs of functools.cache ask for hashable arguments and forget which ones these are.
        return self._build(*args, **kwargs)  # type: ignore[arg-type]

    def cache_clear(self) -> None:
        self._build.cache_clear()

    def cache_info(self) -> "_CacheInfo":
        return self._build.cache_info()


def kept(build: Callable[Arguments, Built]) -> Kept[Arguments, Built]:
    """For what is built from the settings: once, and anew when a secret has changed."""
    return Kept(build)


@kept
def settings() -> Settings:
    store = secret_store()
    return Settings.from_environment(secrets=store.values if store else {})
